"""Extracts from a command's log how many tests passed, what failed first, and its message."""
import re

LINES = 6  # maximum length of a message


def first_lines(text, pattern, count=LINES):
    """The line that matches the pattern and the lines after it, up to an empty one."""
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        return []
    lines = text[text.rfind("\n", 0, found.start()) + 1:].splitlines()[:count]
    return lines[:lines.index("")] if "" in lines else lines


def last_lines(text, count=4):
    return [line for line in text.splitlines() if line.strip()][-count:]


def message(text):
    """The first error message in the log of a failed command."""
    patterns = (r": Failure$", r"^==ERROR==|^==WARNING== No kernels", r"^=+ (Error|Invalid|Uninitialized|Race|Barrier|Program hit)", r"  WRONG: ", r"\bfailed: ",
                r"^\w+Error\b|^Traceback", r"^\[  FAILED  \]", r": Skipped$")
    for pattern in patterns:
        lines = first_lines(text, pattern)
        if lines:
            return lines
    return last_lines(text)


# The lines that gtest prints around a message.
FRAME = re.compile(r".*: (Failure|Skipped)$|Value of: |\s*Actual: false( \(\d+ of \d+ values differ:)?$|"
                   r"Expected( equality of these values:|: true$)")


def reason(lines):
    """The line of a message that gives the reason."""
    kept = [re.sub(r"^Actual: false \(", "", line.strip()) for line in lines if not FRAME.match(line)] or lines
    text = " ".join(kept[:4 if any("Expected equality" in line for line in lines) else 1])
    return text[:-1] if text.endswith(")") and text.count(")") > text.count("(") else text


def count(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


def failed_tests(text, shown=6):
    """"2 of 5 tests failed: relu, softmax", or "" if none failed."""
    names = re.findall(r"^\[  FAILED  \] (?:Kernels/CasesCuda\.\w+/)?([^\s,]+).* \(\d+ ms\)$", text, re.MULTILINE)
    if not names:
        return ""
    passed = len(re.findall(r"^\[       OK \]", text, re.MULTILINE))
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{len(names)} of {count(passed + len(names), 'test')} failed: {', '.join(names[:shown])}{more}"


def unfinished(text):
    """The test that was still running at the end of a log."""
    found = re.search(r"^\[ RUN      \] (\S+)(?![\s\S]*^\[ +(?:OK|FAILED|SKIPPED) +\])(?![\s\S]*^\[ RUN)", text, re.MULTILINE)
    return [f"in {found[1]}"] if found else []


def libraries(text):
    """"cuDNN 9.19.0, cuBLASLt 13.1.0" from the output of --version, or ""."""
    found = re.search(r"cuDNN [^,\n]+, cuBLASLt [^,\n]+", text)
    return found[0] if found else ""


def findings(text, tool=""):
    """(problem, details): why a run of the tool failed although it exited with 0, and details for its state."""
    passed = len(re.findall(r"^\[       OK \]", text, re.MULTILINE))
    skipped = len(set(re.findall(r"^\[  SKIPPED \] ([^\s,]+) \(", text, re.MULTILINE)))
    errors = [int(a or b) for a, b in re.findall(r"ERROR SUMMARY: (\d+) error|RACECHECK SUMMARY: (\d+) hazard", text)]
    profiled = len(re.findall(r'^==PROF== Profiling "', text, re.MULTILINE))
    details = [count(passed, "test") + " passed"] if passed else []
    details += [f"{skipped} skipped"] if skipped else []
    details += [count(sum(errors), "error")] if errors else []
    details += [count(profiled, "kernel") + " profiled"] if profiled else []
    details += [libraries(text)] if libraries(text) else []
    problem = "the checker found errors" if sum(errors) else ""
    if re.search(r"^\[=+\] .*ran\.", text, re.MULTILINE) and passed == 0:
        problem = "no test ran"
    if tool == "ncu" and profiled == 0:
        problem = "no kernel was profiled"
    if tool == "compute-sanitizer" and not problem:
        refused = re.search(r"^=+ (Error: .*)", text, re.MULTILINE)
        problem = refused[1] if refused else "" if errors else "the checker printed no summary"
    return problem, details
