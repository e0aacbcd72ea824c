"""AVX-512 is in functions of the namespaces cpu_v4 and Eigen_v4 only, in the object files given as arguments.

The linker keeps one copy of each inline function. If a copy with AVX-512 came from a file compiled for x86-64-v4, the program would
crash on other CPUs."""
import re
import subprocess
import sys
import unittest

SHARED = re.compile(r"^\S* ?[TWVu] (\S+)$", re.MULTILINE)
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
# 512-bit registers, mask registers, the upper 16 vector registers, broadcast operands
AVX512 = re.compile(r"%zmm|%k[0-7]|%[xy]mm(1[6-9]|2\d|3[01])\b|\{1to")


def output_of(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def functions_with_avx512(file):
    """The names of the functions in this object file that have such instructions."""
    found, function = set(), None
    for line in output_of("objdump", "-d", "--no-show-raw-insn", file).splitlines():
        if match := FUNCTION.match(line):
            function = match[1]
        elif AVX512.search(line):
            found.add(function)
    return found


class V4Objects(unittest.TestCase):
    def test_no_shared_function_has_avx512(self):
        users = 0
        for file in OBJECTS:
            with self.subTest(file=file):
                shared = {name for name in SHARED.findall(output_of("nm", file)) if "_v4" not in name}
                found = functions_with_avx512(file)
                users += len(found)
                self.assertEqual(found & shared, set(), "put this code between TL_CPU_BEGIN and TL_CPU_END, and includes outside")
        self.assertGreater(users, 100, "the files were not compiled for x86-64-v4")


if __name__ == "__main__":
    OBJECTS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
