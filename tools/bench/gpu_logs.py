"""What the log of a command says: how many tests passed, what failed first, and with which message."""
import re

LINES = 6  # of a message


def first_lines(text, pattern, count=LINES):
    """The line that the pattern finds, and those after it up to an empty one."""
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        return []
    lines = text[text.rfind("\n", 0, found.start()) + 1:].splitlines()[:count]
    return lines[:lines.index("")] if "" in lines else lines


def last_lines(text, count=4):
    return [line for line in text.splitlines() if line.strip()][-count:]


def message(text):
    """Of a command that failed: the first thing that it says about it."""
    patterns = (r": Failure$", r"^=+ (Error|Invalid|Uninitialized|Race|Barrier|Program hit)", r"  WRONG: ", r"\bfailed: ",
                r"^\w+Error\b|^Traceback", r"^\[  FAILED  \]", r": Skipped$")
    for pattern in patterns:
        lines = first_lines(text, pattern)
        if lines:
            return lines
    return last_lines(text)


def findings(text, may_be_empty=False):
    """(problem, details): what makes a run a failure although it exited 0, and what to add to its state."""
    passed = len(re.findall(r"^\[       OK \]", text, re.MULTILINE))
    skipped = len(set(re.findall(r"^\[  SKIPPED \] ([^\s,]+) \(", text, re.MULTILINE)))
    errors = re.findall(r"ERROR SUMMARY: (\d+) error|RACECHECK SUMMARY: (\d+) hazard", text)
    details = [f"{passed} tests passed"] if passed else []
    details += [f"{skipped} skipped"] if skipped else []
    details += [f"{errors[-1][0] or errors[-1][1]} errors"] if errors else []
    is_test = re.search(r"^\[=+\] .*ran\.", text, re.MULTILINE) is not None
    problem = ""
    if is_test and passed == 0 and not (may_be_empty and skipped == 0):
        problem = "no test ran"
    if errors and (errors[-1][0] or errors[-1][1]) != "0":
        problem = "the checker found errors"
    return problem, details
