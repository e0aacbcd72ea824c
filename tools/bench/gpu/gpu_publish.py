"""Writes a run's output folder: records, report, last screen, and an archive of all logs."""
import contextlib
import json
import os
import shutil
import tarfile

import gpu_screen
import gpu_table


def read_records(logs, run_id):
    """The last record of each command of this run."""
    records = {}
    with contextlib.suppress(FileNotFoundError):
        for line in (logs / "commands.jsonl").read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(json.JSONDecodeError):  # the last line may be cut off
                entry = json.loads(line)
                if entry["run"] == run_id:
                    records[entry["command"]] = entry
    return records


def report_of(logs, about, all_stages, records):
    parts = [{"part": f"{record['stage']}/{record['command']}", "state": record["state"], "seconds": record["seconds"]}
             for record in records.values()]
    files = [command.rows for stage in all_stages.values() for command in stage.commands if command.rows]
    found = [report for file in files if (report := gpu_table.read(logs / file))]
    about = {**about, "parts": parts}
    try:
        return gpu_table.merge([r for r in found if "tagbench" in r], [r for r in found if "peer" in r], about)
    except (KeyError, TypeError, ValueError) as error:  # unreadable rows must not lose the rest of the report
        return gpu_table.merge([], [], {**about, "unreadable": f"{type(error).__name__}: {error}"})


def publish(logs, out, about, all_stages, run_id):
    """Writes the report, the last screen and the archive of all logs to the output folder."""
    out.mkdir(parents=True, exist_ok=True)
    records = read_records(logs, run_id)
    report = report_of(logs, about, all_stages, records)
    gpu_table.write(out / "report.json", report)
    (out / "report.md").write_text(gpu_table.table(report), encoding="utf-8")
    screen = gpu_screen.screen(about, records, report, out)
    (out / "screen.txt").write_text(screen, encoding="utf-8")
    if (logs / "commands.jsonl").exists():
        shutil.copyfile(logs / "commands.jsonl", out / "commands.jsonl")
    with tarfile.open(out / "logs.tar.gz.new", "w:gz", compresslevel=3) as tar:
        for file in sorted(logs.iterdir()):
            if file.suffix in (".log", ".json", ".jsonl"):
                tar.add(file, f"logs/{file.name}")
    os.replace(out / "logs.tar.gz.new", out / "logs.tar.gz")
    return screen
