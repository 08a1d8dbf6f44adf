"""embed.py OUTPUT INPUT...: OpenCL files -> one C file of strings.

Each file begins with a #line directive, so that a build log names the .cl file and line to look at. The pieces are an
array, for C compilers need not take string literals over 4095 bytes; they concatenate to the program's source.
"""
import os
import sys


def quoted(line):
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return '    "' + escaped + '\\n",\n'


def main(output, inputs):
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with open(output, "w", encoding="utf-8") as out:
        out.write('#include "device/kernels.h"\n\nconst char *kernel_source[] = {\n')
        for path in inputs:
            with open(path, encoding="utf-8") as source:
                out.write(quoted('#line 1 "%s"' % os.path.relpath(path, folder).replace(os.sep, "/")))
                out.writelines(quoted(line.rstrip("\n")) for line in source)
        out.write("};\nconst size_t kernel_source_lines = sizeof kernel_source / sizeof *kernel_source;\n")


main(sys.argv[1], sys.argv[2:])
