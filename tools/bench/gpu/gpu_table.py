"""Merges the results of tagbench, torch_peer.py and gpu_run's commands into one report: JSON with ratios, and a Markdown table."""
import json
import os

VARIANTS = ("eager", "graph", "compile")  # these do all of a row's work; others do part of it and are only shown


def merge(tagbench, peers, about):
    """tagbench, peers: JSON objects of tagbench and torch_peer.py. about: device, driver, date, commit, program, parts.

    A row's ratio is the best variant's seconds / tagbench's: above 1, Tagloom is faster. Raises ValueError if they did not run on the
    same kind of device."""
    kinds = {part["kind"] for part in [*tagbench, *peers]}
    if len(kinds) > 1:
        raise ValueError(f"the results are not from the same kind of device: {', '.join(sorted(kinds))}")
    variants = {}
    for row in [row for peer in peers for row in peer["rows"]]:
        variants.setdefault(row["name"], {})[row["variant"]] = row
    rows = []
    for part in tagbench:
        for row in part["rows"]:
            merged = dict(row)
            theirs = variants.pop(row["name"], {})
            if theirs:
                merged["torch"] = {name: result.get("seconds", result.get("failed", "absent")) for name, result in theirs.items()}
                best = min((theirs[name]["seconds"] for name in VARIANTS if "seconds" in theirs.get(name, {})), default=None)
                if best is not None and "seconds" in row and "wrong" not in row:
                    merged["ratio"] = best / row["seconds"]
            rows.append(merged)
    report = dict(about)
    report["tagbench"] = [{key: value for key, value in part.items() if key != "rows"} for part in tagbench]
    if peers:
        report["torch"] = {key: value for key, value in peers[0].items() if key != "rows"}
    report["rows"] = rows
    report["torch_only"] = sorted(variants)  # rows that tagbench did not measure
    return report


def seconds_text(seconds):
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds / 1e-6:.1f} µs"


def rate_text(row):
    if "images_per_second" in row:
        return f"{row['images_per_second']:,.0f} images/s"
    if row.get("bound") == "arithmetic" and "tflop_per_second" in row:
        return f"{row['tflop_per_second']:.1f} TFLOP/s"
    return f"{row['gb_per_second']:,.0f} GB/s" if "gb_per_second" in row else "-"


def peer_text(row, variant):
    value = row.get("torch", {}).get(variant)
    if value is None or isinstance(value, (int, float)):
        return "-" if value is None else seconds_text(value)
    return "absent" if value == "absent" else "failed"


def others_text(row):
    return ", ".join(f"{name} {peer_text(row, name)}" for name in sorted(row.get("torch", {})) if name not in VARIANTS) or "-"


def table(report):
    lines = [f"# {report['device']}, {report['date'][:10]}", "",
             f"Driver {report['driver']}, commit {report['commit']}. Written by `{report['program']}`.", ""]
    lines += ["| part | state | seconds |", "|---|---|---|"]
    lines += [f"| {part['part']} | {part['state']} | {part['seconds']:.0f} |" for part in report["parts"]]
    for part in report["tagbench"]:
        roofs = part.get("roofs", {})
        copies = roofs.get("copy_gb_per_second_by_bytes", {})
        if copies:
            largest = max(copies, key=int)
            lines += ["", f"Copy of {int(largest) >> 20} MiB: {copies[largest]:,.0f} GB/s."]
        for kind, rate in roofs.get("matrix_tflop_per_second", {}).items():
            lines += ["", f"{kind} product of {roofs['matrix_side']} x {roofs['matrix_side']} matrices: {rate:.1f} TFLOP/s."]
    if report["rows"]:
        peer = report.get("torch", {}).get("peer", "PyTorch")
        lines += ["", f"ratio: {peer}'s best time / ours; above 1, ours is faster.", ""]
        lines += ["| row | median | spread | rate | of roof | eager | graph | compile | ratio | part of the work |", "|" + "---|" * 10]
    for row in report["rows"]:
        if "seconds" not in row:
            lines.append(f"| `{row['name']}` | WRONG: {row.get('wrong', '?')} |" + " |" * 8)
            continue
        roof = f"{row['percent_of_roof']:.0f} % {row['bound']}" if "percent_of_roof" in row else "-"
        peers = " | ".join(peer_text(row, variant) for variant in VARIANTS)
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else "-"
        name = f"`{row['name']}`" + (f" WRONG: {row['wrong']}" if "wrong" in row else "")
        lines.append(f"| {name} | {seconds_text(row['seconds'])} | {100 * row['spread']:.0f} % | {rate_text(row)} | {roof} "
                     f"| {peers} | {ratio} | {others_text(row)} |")
    return "\n".join(lines) + "\n"


def read(path):
    """The JSON in a file, or None if it is missing or damaged."""
    try:
        with open(path, encoding="utf-8") as text:
            return json.load(text)
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def write(path, report):
    with open(f"{path}.new", "w", encoding="utf-8") as out:
        json.dump(report, out, indent=1)
    os.replace(f"{path}.new", path)
