"""Firms for scenarios: an application with its own database, uploads and address, quickly made.

A firm is filled once for each `prepare` function and worker; every way of working gets a copy of that
folder, so what a scenario leaves behind in one way is not there in the next.
"""

import itertools
import shutil
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from .mask import Mask, MaskedApp
from .server import LiveServer

Prepare = Callable[[Flask], None]


@dataclass(frozen=True)
class Plant:
    """How an application is made: `make` in an instance folder, `install` (tables) once in a new one, and
    `prepare`, which fills it where a scenario module has no `prepare` of its own."""

    make: Callable[[Path], Flask]
    install: Callable[[Flask, Path], None]
    prepare: Prepare
    forget: Callable[[], None] = lambda: None
    """Called when another firm takes its turn: what the application keeps in memory is not that one's."""
    let_in: Callable[[Flask, str], dict[str, str]] | None = None
    """The cookies of somebody who has signed in, by login; without it the password is typed."""


@dataclass
class Firm:
    """A running application. `app` is the very object that serves: `with firm.app.app_context(): …`"""

    way: str
    app: Flask
    instance: Path
    server: LiveServer
    mask: Mask | None

    @property
    def url(self) -> str:
        return self.server.url


class Firms:
    """All firms of one test worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._installed: dict[Plant, Path] = {}
        self._filled: dict[tuple[Plant, Prepare], Path] = {}
        self._shared: dict[tuple[Plant, Prepare, str], Firm] = {}
        self._open: list[Firm] = []
        self._mask: Mask | None = None

    def shared(self, plant: Plant, prepare: Prepare, way: str) -> Firm:
        """The firm that all tests with this `prepare` and this way of working use, one after the other."""
        plant.forget()
        key = (plant, prepare, way)
        if key not in self._shared:
            self._shared[key] = self.new(plant, prepare, way)
        return self._shared[key]

    def new(self, plant: Plant, prepare: Prepare, way: str) -> Firm:
        """A fresh copy for one test alone."""
        instance = self._next_folder()
        shutil.copytree(self._fill(plant, prepare), instance)
        plant.forget()
        app = plant.make(instance)
        mask = self.mask() if way == "ie11" else None
        server = LiveServer(MaskedApp(app, mask) if mask else app)
        firm = Firm(way, app, instance, server, mask)
        self._open.append(firm)
        return firm

    def mask(self) -> Mask:
        self._mask = self._mask or Mask()
        return self._mask

    def _fill(self, plant: Plant, prepare: Prepare) -> Path:
        key = (plant, prepare)
        if key not in self._filled:
            instance = self._next_folder()
            shutil.copytree(self._install(plant), instance)
            Context().run(prepare, plant.make(instance))  # whatever a test before it was reading
            self._filled[key] = instance
        return self._filled[key]

    def _install(self, plant: Plant) -> Path:
        """A folder with the tables and nothing in them, made once for all firms of the plant."""
        if plant not in self._installed:
            instance = self._next_folder()
            instance.mkdir(parents=True)
            plant.install(plant.make(instance), instance)
            self._installed[plant] = instance
        return self._installed[plant]

    def _next_folder(self) -> Path:
        return self._folder / f"firm-{next(self._numbers)}"

    def close(self, firm: Firm) -> None:
        self._open.remove(firm)
        firm.server.close()
        shutil.rmtree(firm.instance, ignore_errors=True)

    def close_all(self) -> None:
        for firm in list(self._open):
            self.close(firm)
        if self._mask:
            self._mask.close()
