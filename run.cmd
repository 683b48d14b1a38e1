@echo off
rem Not tried by us on Windows. Needs Python 3.11 or newer with its launcher "py".
cd /d "%~dp0"
set PYTHONUTF8=1
py -3 tools\prepare.py || exit /b 1
.venv\Scripts\python -m crm start %*
