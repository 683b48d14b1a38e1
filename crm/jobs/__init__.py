"""Work that outlives a request: asked for by a person now, by the clock later. No Flask."""
