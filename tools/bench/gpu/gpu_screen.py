"""Formats the last screen of a run: the first failure and its message, the state of each command, the main rows, and the paths."""
import re

import gpu_logs
import gpu_stages
import gpu_table

LINES = 60
WIDTH = 500
SHOWN = 10  # failures shown with a message

DETAILS = r" (seed|add|in_place|exclude|own_row|parts|gate|mask|first|variant|percent|smoothed|coarse|[xy]_stride)=\d+"


def row_line(row):
    name = re.sub(DETAILS, "", row["name"])
    if "seconds" not in row:
        return f"  {name}: {row['wrong']}"
    roof = f", {row['percent_of_roof']:.0f} % of {row['bound']}" if "percent_of_roof" in row else ""
    peers = ", ".join(f"{variant} {gpu_table.peer_text(row, variant)}" for variant in row.get("torch", {}))
    ratio = f", ratio {row['ratio']:.2f}" if "ratio" in row else ""
    wrong = "WRONG " if "wrong" in row else ""
    time = f"{gpu_table.seconds_text(row['seconds'])}, {gpu_table.rate_text(row)}"
    return f"  {wrong}{name}: {time}{roof}{'; ' + peers if peers else ''}{ratio}"


def deciding(rows):
    """The main rows: trainings, the decoder, and the rows that fill the GPU, the lowest share of the memory's rate first."""
    nets = [row for row in rows if re.search(gpu_stages.TRAIN, row["name"])]
    decoder = [row for row in rows if re.search(gpu_stages.PEER_DECODER, row["name"])]
    filling = [row for row in rows if re.search(gpu_stages.FILLING, row["name"])]
    filling.sort(key=lambda row: row.get("percent_of_roof", 0))
    return nets, decoder, filling


def failure_lines(record):
    return [f"  {record['stage']}/{record['command']}: {record['state']}", *[f"      {line}" for line in record["message"]]]


def screen(about, records, report, out):
    failed = [r for r in records.values() if not r["state"].startswith("passed")]
    broken = [r for r in failed if not r["state"].startswith("not run")]
    where = f" on {about['device']}, driver {about['driver']}" if about["driver"] != "none" else ": no GPU found"
    lines = [f"tagloom {about['commit']}{where}, {about['date']}: {len(records) - len(failed)} of {len(records)} commands passed"]
    lines += [found for record in records.values() if (found := gpu_logs.libraries(record["state"]))]
    if broken:
        lines += ["failed first:", *failure_lines(broken[0])]
        lines += ["failed too:"] if len(broken) > 1 else []
        lines += [f"  {r['stage']}/{r['command']}: {r['state']}; {gpu_logs.reason(r['message'])}" for r in broken[1:SHOWN]]
    lines += [f"  and {len(broken) - SHOWN} more: {', '.join(r['command'] for r in broken[SHOWN:])}"] if len(broken) > SHOWN else []
    reasons = {}
    for record in [r for r in failed if r not in broken]:
        reasons.setdefault(record["state"], []).append(f"{record['stage']}/{record['command']}")
    lines += [f"{state}: {', '.join(names)}" for state, names in reasons.items()]
    passed = [r for r in records.values() if r["state"].startswith("passed")]
    by_stage = {}
    for record in passed:
        how = record["state"][len("passed"):]
        by_stage.setdefault(record["stage"], []).append(f"{record['command']}{how} ({record['seconds']:.0f} s)")
    lines += [f"passed, {stage}: {'; '.join(names)}" for stage, names in by_stage.items()]
    nets, decoder, filling = deciding(report["rows"])
    room = LINES - 5 - len(lines)
    for title, rows in (("training:", nets), ("decoder:", decoder), ("rows that fill the GPU, lowest share of its rate first:", filling)):
        if rows and room > 1:
            lines += [title, *[row_line(row) for row in rows[:room - 1]]]
            room -= 1 + len(rows)
    lines = [line if len(line) <= WIDTH else line[:WIDTH] + " ..." for line in lines[:LINES - 2]]
    return "\n".join([*lines, f"everything: {out}/report.md, report.json, commands.jsonl, logs.tar.gz"]) + "\n"
