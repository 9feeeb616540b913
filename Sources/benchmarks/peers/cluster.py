"""Tasks a second, and the round trip of one, of systems that hand tasks to worker processes on this machine.

Prints one line of JSON: name, version, rate, round_trip; or name and the reason why it was skipped.
"""

import argparse
import json
import os
import sys
import tempfile
import time

os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_DEDUP_LOGS="0", OMP_NUM_THREADS="1")
# Parsl starts programs of its own by name, which lie beside the interpreter.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]


def nothing(_):
    return None


def measure(submit, gather, units, runs):
    """Medians: tasks a second of `units` submitted at once, seconds of a single one."""
    gather([submit(number) for number in range(200)])
    rates, trips = [], []
    for _ in range(runs):
        start = time.perf_counter()
        gather([submit(number) for number in range(units)])
        rates.append(units / (time.perf_counter() - start))
    for number in range(500):
        start = time.perf_counter()
        gather([submit(number)])
        trips.append(time.perf_counter() - start)
    return sorted(rates)[len(rates) // 2], sorted(trips)[len(trips) // 2]


def dask(options):
    import distributed

    with distributed.LocalCluster(
        n_workers=options.workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster, distributed.Client(cluster) as client:
        rate, trip = measure(
            lambda number: client.submit(nothing, number, pure=False), client.gather, options.units, options.runs)
    return distributed.__version__, rate, trip


def parsl(options):
    import parsl
    from parsl.config import Config
    from parsl.executors import HighThroughputExecutor
    from parsl.providers import LocalProvider

    folder = tempfile.mkdtemp()
    executor = HighThroughputExecutor(
        label="htex", address="127.0.0.1", max_workers_per_node=options.workers,
        provider=LocalProvider(init_blocks=1, min_blocks=1, max_blocks=1))
    with parsl.load(Config(executors=[executor], run_dir=folder, strategy="none", initialize_logging=False)):
        app = parsl.python_app(nothing)
        rate, trip = measure(
            app, lambda futures: [future.result() for future in futures], options.units, options.runs)
    return parsl.__version__, rate, trip


def ray(options):
    import ray

    ray.init(num_cpus=options.workers, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    task = ray.remote(nothing)
    rate, trip = measure(task.remote, ray.get, options.units, options.runs)
    ray.shutdown()
    return ray.__version__, rate, trip


def main():
    systems = {"dask": dask, "parsl": parsl, "ray": ray}
    parser = argparse.ArgumentParser()
    parser.add_argument("system", choices=systems)
    parser.add_argument("--units", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    try:
        version, rate, trip = systems[options.system](options)
        answer = {"name": options.system, "version": version, "rate": rate, "round_trip": trip}
    except Exception as error:  # whatever keeps a peer from running is the reason to print
        answer = {"name": options.system, "skipped": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
