"""embed.py OUTPUT PRESET.yaml...: chart files -> one C file of strings (src/options/presets.h).

The first line of each is a comment, "# NAME: what it shows".
"""
import os
import sys


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main(output, inputs):
    with open(output, "w", encoding="utf-8") as out:
        out.write('#include "options/presets.h"\n\nconst struct preset presets[] = {\n')
        for path in inputs:
            name = os.path.basename(path).removesuffix(".yaml")
            with open(path, encoding="utf-8") as source:
                lines = source.readlines()
            head = f"# {name}: "
            if not lines or not lines[0].startswith(head):
                sys.exit(f"{path}:1: expected a line that begins with '{head}'")
            out.write("    {%s, %s,\n" % (quoted(name), quoted(lines[0].removeprefix(head).strip())))
            out.write("".join(f"     {quoted(line)}\n" for line in lines) + "    },\n")
        out.write("};\nconst size_t preset_count = sizeof presets / sizeof *presets;\n")


main(sys.argv[1], sys.argv[2:])
