"""Firms for scenarios: an application with its own database, uploads and address, quickly made.

A firm is filled once for each `prepare` function and worker; every way of working gets a copy of that
folder, so what a scenario leaves behind in one way is not there in the next.
"""

import itertools
import shutil
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, replace
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
    let_go: Callable[[Flask], None] = lambda _app: None
    """What an application holds open of its folder is closed, and what was changed in it is put back."""
    let_in: Callable[[Flask, str], dict[str, str]] | None = None
    """The cookies of somebody who has signed in, by login; without it the password is typed."""


@dataclass
class Firm:
    """A running application. `app` is the very object that serves: `with firm.app.app_context(): …`"""

    way: str
    plant: Plant
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
        self._free: list[Firm] = []
        """Their applications may serve another firm: making one takes as long as several pages."""
        self._fillers: dict[Plant, tuple[Flask, Path]] = {}
        self._mask: Mask | None = None

    def shared(self, plant: Plant, prepare: Prepare, way: str) -> Firm:
        """The firm that all tests with this `prepare` and this way of working use, one after the other."""
        plant.forget()
        self._release_others(plant, prepare)
        key = (plant, prepare, way)
        if key not in self._shared:
            self._shared[key] = self.new(plant, prepare, way)
        return self._shared[key]

    def _release_others(self, plant: Plant, prepare: Prepare) -> None:
        """The firms of a module are not asked for again once another module has begun."""
        for key in [key for key in self._shared if key[0] is plant and key[1] not in (prepare, plant.prepare)]:
            self.close(self._shared.pop(key))

    def new(self, plant: Plant, prepare: Prepare, way: str) -> Firm:
        """A fresh copy for one test alone."""
        filled = self._fill(plant, prepare)
        mask = self.mask() if way == "ie11" else None
        for free in self._free:
            if free.plant is plant and free.mask is mask:
                self._free.remove(free)
                self._put(plant, free.app, filled, free.instance)
                firm = replace(free, way=way)
                break
        else:
            instance = self._next_folder()
            shutil.copytree(filled, instance)
            plant.forget()
            app = plant.make(instance)
            firm = Firm(way, plant, app, instance, LiveServer(MaskedApp(app, mask) if mask else app), mask)
        self._open.append(firm)
        return firm

    def _put(self, plant: Plant, app: Flask, folder: Path, instance: Path) -> None:
        """The application stands on a fresh copy of the folder."""
        plant.let_go(app)
        shutil.rmtree(instance, ignore_errors=True)
        shutil.copytree(folder, instance)
        plant.forget()

    def mask(self) -> Mask:
        self._mask = self._mask or Mask()
        return self._mask

    def _fill(self, plant: Plant, prepare: Prepare) -> Path:
        key = (plant, prepare)
        if key not in self._filled:
            if plant not in self._fillers:
                place = self._next_folder()
                shutil.copytree(self._install(plant), place)
                self._fillers[plant] = plant.make(place), place
            app, place = self._fillers[plant]
            self._put(plant, app, self._install(plant), place)
            Context().run(prepare, app)  # whatever a test before it was reading
            plant.let_go(app)
            self._filled[key] = self._next_folder()
            shutil.copytree(place, self._filled[key])
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
        """Nobody looks at it any more; its application waits for the next firm."""
        self._open.remove(firm)
        firm.server.rest()
        self._free.append(firm)

    def close_all(self) -> None:
        for firm in [*self._open, *self._free]:
            firm.server.close()
            shutil.rmtree(firm.instance, ignore_errors=True)
        if self._mask:
            self._mask.close()
