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
    installed: Path | None = None
    """A folder as `install` leaves it, where there is one already."""
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
        firm = self._idle(plant, way)
        self._put(firm, self._fill(firm, prepare))
        self._open.append(firm)
        return firm

    def _idle(self, plant: Plant, way: str) -> Firm:
        """One that nobody uses, with whatever is in it."""
        mask = self.mask() if way == "ie11" else None
        for free in self._free:
            if free.plant is plant and free.mask is mask:
                self._free.remove(free)
                return replace(free, way=way)
        instance = self._next_folder()
        shutil.copytree(self._install(plant), instance)
        plant.forget()
        app = plant.make(instance)
        return Firm(way, plant, app, instance, LiveServer(MaskedApp(app, mask) if mask else app), mask)

    def _put(self, firm: Firm, folder: Path) -> None:
        """The application stands on a fresh copy of the folder."""
        firm.plant.let_go(firm.app)
        shutil.rmtree(firm.instance, ignore_errors=True)
        shutil.copytree(folder, firm.instance)
        firm.plant.forget()

    def mask(self) -> Mask:
        self._mask = self._mask or Mask()
        return self._mask

    def _fill(self, firm: Firm, prepare: Prepare) -> Path:
        """The folder that `prepare` fills; an idle firm's application does it."""
        key = (firm.plant, prepare)
        if key not in self._filled:
            self._put(firm, self._install(firm.plant))
            Context().run(prepare, firm.app)  # whatever a test before it was reading
            firm.plant.let_go(firm.app)
            self._filled[key] = self._next_folder()
            shutil.copytree(firm.instance, self._filled[key])
        return self._filled[key]

    def _install(self, plant: Plant) -> Path:
        """A folder with the tables and nothing in them, made once for all firms of the plant."""
        if plant.installed:
            return plant.installed
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
