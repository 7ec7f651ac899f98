"""Runs the snippets of a document: its code blocks in sh and python that stand below a
heading "Clients", each in a directory of its own and with a bucket of its own.

    AWS_ENDPOINT_URL_S3=… AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… python3 snippets.py docs/s3compat.md

A snippet finds a file "file.bin" and the name of its bucket in BUCKET. One whose first
line names a command that is not here, as "# needs: s3fs", is left out with a line; in
Python it is a module, which this Python has, or one of those in SNIPPET_PYTHONS, with
colons between them.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile


def snippets(text):
    """Yields title, language and code of each snippet."""
    _, _, clients = text.partition("\n## Clients\n")
    clients = re.split(r"\n## ", clients)[0]
    for title, language, code in re.findall(r"\n\*\*(.+?)\*\*[^\n]*\n+```(sh|python)\n(.*?)```", clients, re.S):
        yield title, language, code


def shell(needs):
    return ["bash", "-euo", "pipefail", "-c"] if not needs or shutil.which(needs) else None


def python(needs):
    """Returns the command of a Python that has the module, None if there is none."""
    find = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({needs!r}) is None)"
    for program in [sys.executable, *os.environ.get("SNIPPET_PYTHONS", "").split(":")]:
        if not needs or os.access(program, os.X_OK) and subprocess.run([program, "-c", find]).returncode == 0:
            return [program, "-c"]
    return None


def run(title, language, code, number):
    """Runs one, and returns whether it went well."""
    named = re.match(r"# needs: (\S+)", code)
    needs = named[1] if named else ""
    program = shell(needs) if language == "sh" else python(needs)
    if not program:
        print(f"SKIP {title}: needs {needs}")
        return True
    with tempfile.TemporaryDirectory() as work:
        with open(os.path.join(work, "file.bin"), "wb") as f:
            f.write(os.urandom(100_000))
        env = {**os.environ, "BUCKET": f"snippet-{number}-{os.getpid()}", "HOME": work}
        done = subprocess.run([*program, code], cwd=work, env=env, capture_output=True, timeout=120)
        if done.returncode:
            print(f"FAIL {title}:\n{code}\n{done.stdout.decode()}{done.stderr.decode()}")
        else:
            print(f"ok   {title}")
    return done.returncode == 0


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        all_of_them = list(snippets(f.read()))
    if not all_of_them:
        sys.exit(f"{sys.argv[1]} has no snippets")
    failed = [title for number, (title, language, code) in enumerate(all_of_them) if not run(title, language, code, number)]
    if failed:
        sys.exit(f"snippets: {len(failed)} failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
