"""The workbench, notices and the notice board (W-1 to W-5, F-4)."""
