"""The examples of docs/cluster.md are what Slurm, Kubernetes and Dask take."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.cli import cli

DOCUMENT = Path(__file__).parents[2] / "docs/cluster.md"


def fragments(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_slurm_gets_a_job_that_starts_workers() -> None:
    (source,) = fragments("python")
    source += "\nif __name__ == 'here':\n    print(cluster.job_script())\n    cluster.close()\n"
    program = f"exec(compile({source!r}, 'slurm_cluster.py', 'exec'), {{'__name__': 'here'}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    script = done.stdout
    for line in ("#SBATCH -p teaching", "#SBATCH -A cs101", "#SBATCH --cpus-per-task=8", "#SBATCH -t 08:00:00"):
        assert line in script
    assert "source /net/grading/venv/bin/activate" in script
    (started,) = [line for line in script.splitlines() if "dask" in line and "tcp://" in line]
    assert "--nworkers 4" in started
    # Given twice, the last one counts.
    assert re.findall(r"--nthreads (\d+)", started)[-1] == "1"


def test_kubernetes_gets_a_scheduler_workers_and_a_folder_they_share() -> None:
    (source,) = fragments("yaml")
    cluster: dict[str, Any] = yaml.safe_load(source)
    assert (cluster["apiVersion"], cluster["kind"]) == ("kubernetes.dask.org/v1", "DaskCluster")
    worker, scheduler = cluster["spec"]["worker"], cluster["spec"]["scheduler"]
    (container,) = worker["spec"]["containers"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in worker["spec"]["volumes"]}
    (scheduling,) = scheduler["spec"]["containers"]
    assert container["image"] == scheduling["image"]  # the same versions everywhere
    ports = {port["name"]: port["containerPort"] for port in scheduling["ports"]}
    assert {port["targetPort"] for port in scheduler["service"]["ports"]} <= ports.keys()
    assert scheduler["service"]["selector"]["dask.org/cluster-name"] == cluster["metadata"]["name"]
    assert f"tcp://{cluster['metadata']['name']}-scheduler:{ports['tcp-comm']}" in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("program", ["scheduler", "worker", "ssh"])
def test_dask_knows_the_options(program: str) -> None:
    lines = [line for block in fragments("bash") for line in block.splitlines() if f"dask {program}" in line]
    assert lines
    done = subprocess.run(
        [sys.executable, "-m", f"distributed.cli.dask_{program}", "--help"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    for option in {word for line in lines for word in shlex.split(line) if word.startswith("--")}:
        assert option in done.stdout


def test_the_grader_knows_the_options() -> None:
    known = {option for parameter in cli.commands["batch"].params for option in parameter.opts}
    for block in fragments("bash"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("grader batch"):
                assert {word for word in shlex.split(line) if word.startswith("--")} <= known
