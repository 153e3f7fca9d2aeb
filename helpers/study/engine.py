"""Run the trials of a study that are not stored yet: here, in processes, or on a Dask cluster."""

import asyncio
import logging
import os
import signal
from concurrent.futures import CancelledError
from contextlib import closing, suppress
from functools import partial
from importlib.util import find_spec
from itertools import islice
from multiprocessing import connection, get_context, parent_process, resource_tracker
from pathlib import Path
from threading import Thread
from time import monotonic, perf_counter

import joblib
from filelock import Timeout

from helpers._validate import integer, one_of
from helpers.studies.plan import PROFILES
from helpers.study.store import Store, held
from helpers.study.task import Task, data_fields

PATIENCE = 12  # seconds for a Dask cluster to answer, or to have a worker again


def run(study, *, profile="full", jobs=1, scheduler=None, report=print):
    """Run what is not stored yet, store each trial as it ends, and return all, as `load` does.

    Several processes may run one study: each takes trials that no other has taken.

    Parameters
    ----------
    study : Study
    profile : {"quick", "full"}
        Quick results go to a file of their own.
    jobs : int
        Trials at a time, each in a process of its own; 1 for this process.
    scheduler : str, optional
        Address of a Dask scheduler whose workers are to run them instead.
    report : callable
        Takes each line of progress.

    Raises
    ------
    ValueError
        A damaged store, which is kept aside; or a full study on a stand-in, or other data than
        those stored.
    RuntimeError
        Trials failed, and the others were stored; or the cluster did. It names them.
    OSError
        The store cannot be written. What was stored before is untouched.
    """
    store = Store(study, one_of("profile", profile, PROFILES))
    engine = partial(_in_processes, jobs=jobs) if integer("jobs", jobs) > 1 else _here
    if scheduler is not None:
        engine = partial(_on_cluster, address=scheduler)
    plan = study.trials(profile)
    store.open(report)
    if study.data and scheduler is None and (profile == "quick" or store.missing(plan)):
        store.agree(data_fields(study.data()), report)
    todo = store.missing(plan)
    report(f"{study.name}: {len(todo)} of {len(plan)} trials to run")
    _Run(store, todo, report).all(engine)
    return store.trials()


class _Run:
    """What is still to run, what runs, and what failed."""

    def __init__(self, store, todo, report):
        self.store, self.todo, self.report = store, todo, report
        self.started, self.count = perf_counter(), 0
        self.locks, self.others, self.failed = {}, [], {}

    def all(self, engine):
        """Run all trials; those that other processes run as well are waited for, at the end."""
        try:
            self._each(engine, self._unclaimed())
            for trial in self.others:
                with held(self.store.claim(trial), self.report, str(trial)):
                    self._each(engine, self._unless_stored(trial))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_names(self.locks)) from None
        except ConnectionError as error:
            lost = _names(map(str, self.store.missing(self.todo)))
            raise RuntimeError(f"{self.store.study.name}: {error}; not stored: {lost}") from None
        finally:
            for name in list(self.locks):
                self._release(name)
        if self.failed:
            share = f"{len(self.failed)} of {len(self.todo)} trials failed"
            why = _names(f"{name} ({why})" for name, why in self.failed.items())
            raise RuntimeError(f"{self.store.study.name}: {share}: {why}")

    def _each(self, engine, work):
        with closing(engine(work)) as outcomes:  # ends what still runs, whatever happens here
            for trial, outcome in outcomes:
                self._finish(trial, outcome)

    def _unclaimed(self):
        """Claim trial after trial, and yield each with its task."""
        for trial in self.todo:
            lock = self.store.claim(trial)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                self.others.append(trial)
                continue
            self.locks[str(trial)] = lock
            yield from self._unless_stored(trial)

    def _unless_stored(self, trial):
        if self.store.missing([trial]):
            yield trial, Task.of(self.store, trial)
        else:
            self._tell(trial, "stored by another process")

    def _finish(self, trial, outcome):
        if not isinstance(outcome, str):
            try:
                self.store.put(trial, *outcome, self.report)
                return self._tell(trial, f"{outcome[0]['seconds']:.1f} s")
            except ValueError as error:  # other data than those stored, say
                outcome = str(error)
        self.failed[str(trial)] = outcome
        self._tell(trial, f"failed: {outcome}")

    def _tell(self, trial, what):
        self.count += 1
        left = (perf_counter() - self.started) / self.count * (len(self.todo) - self.count)
        place = f"{self.count}/{len(self.todo)}"
        self.report(f"  {place} {trial}: {what}; about {left / 60:.1f} min left")
        self._release(str(trial))

    def _release(self, name):
        lock = self.locks.pop(name, None)
        if lock is not None:
            with suppress(OSError):  # Windows keeps a file that is open
                Path(lock.lock_file).unlink()
            lock.release()


def _names(names, most=6):
    names = list(names)
    more = f"; and {len(names) - most} more" if len(names) > most else ""
    return "; ".join(names[:most]) + more


# --- Engines: each takes pairs of trial and task, and yields pairs of trial and outcome ---------


def _here(work):
    for trial, task in work:
        yield trial, task()


def _in_processes(work, jobs):
    """Run each trial in a process of its own, so that one that dies takes no other with it."""
    running, share = {}, str(max(1, joblib.cpu_count() // jobs))
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, share)
    try:
        more = True
        while more or running:
            more = False
            for trial, task in islice(work, jobs - len(running)):
                more = True
                try:
                    pipe, process = _started(task)
                except (AttributeError, TypeError, ValueError) as error:  # what pickle raises
                    yield trial, f"it cannot be sent to a process: {error}"
                    continue
                running[pipe] = trial, process
            for pipe in connection.wait(running) if running else ():
                trial, process = running.pop(pipe)
                yield trial, _received(pipe, process)
    finally:
        for _, process in running.values():
            process.kill()


def _started(task):
    """Start a process that Ctrl-C does not reach: we end it, and speak for all."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, task))
    masked = hasattr(signal, "pthread_sigmask")  # not on Windows
    if masked:
        resource_tracker.ensure_running()  # `start` would do it, and it unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if masked else ()
    try:
        process.start()
    finally:
        theirs.close()
        if masked:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return ours, process


def _received(pipe, process):
    try:
        with pipe:
            return pipe.recv()
    except Exception as error:  # nothing came, or what cannot be read here
        process.join()
        return f"its process ended with code {process.exitcode} ({type(error).__name__})"


def _send(pipe, task):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for Windows
    Thread(target=_end_with_parent, daemon=True).start()
    pipe.send(_guarded(task))


def _end_with_parent():
    parent_process().join()
    os._exit(1)


def _guarded(task):
    try:
        return task()
    except KeyboardInterrupt:  # nobody's but the trial's own
        return "KeyboardInterrupt"


def _on_cluster(work, address):
    """Run the trials on the workers of a Dask cluster, as many at a time as there are."""
    from distributed import wait

    client = connected(address)
    running, seen = {}, monotonic()
    try:
        workers = workers_with("helpers.study.task", client, address)
        while True:
            for trial, task in islice(work, workers - len(running)):
                running[client.submit(_guarded, task, pure=False)] = trial
            if not running:
                return
            with suppress(TimeoutError, CancelledError):  # see below
                wait(list(running), timeout=1, return_when="FIRST_COMPLETED")
            if client.status != "running" or any(future.cancelled() for future in running):
                raise ConnectionError(f"the Dask scheduler at {address} is gone")
            for future in [future for future in running if future.done()]:
                error = future.exception()
                why = f"{type(error).__name__}: {error}".split(". ")[0]
                yield running.pop(future), why if error else future.result()
            if client.scheduler_info()["workers"]:
                seen = monotonic()
            elif monotonic() - seen > PATIENCE:
                raise ConnectionError(f"the workers of the Dask scheduler at {address} are gone")
    finally:
        client.close(timeout=5)


def connected(address):
    """Return a client of the Dask scheduler at an address; a ConnectionError, if none answers."""
    from distributed import Client

    for name in [name for name in logging.root.manager.loggerDict if "distributed" in name]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # errors end in one line, ours
    try:
        asyncio.run(asyncio.wait_for(_answers(address), PATIENCE))
        return Client(address, timeout=PATIENCE)
    except Exception as error:  # every kind of address fails in its own way
        why = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise ConnectionError(f"no Dask scheduler answers at {address} ({why})") from None


async def _answers(address):
    """Return if the scheduler answers; Client itself waits for ever where nobody does."""
    from distributed import Security, rpc

    async with rpc(address, connection_args=Security().get_connection_args("client")) as scheduler:
        await scheduler.identity()


def workers_with(module, client, address):
    """Return how many workers there are, each of which has to have a module of the course."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise ConnectionError(f"the Dask scheduler at {address} has no workers") from None
    found = client.run(find_spec, module, on_error="return")
    lacking = [name for name, spec in found.items() if spec is None or isinstance(spec, Exception)]
    if lacking:
        raise ConnectionError(f"{len(lacking)} of {len(found)} workers cannot import helpers")
    return len(found)
