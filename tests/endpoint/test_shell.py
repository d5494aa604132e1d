"""The same lines through the unmodified AWS CLI, version 1, against the endpoint and through the lab's own terminal."""

import contextlib
import io
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

from awscli.clidriver import create_clidriver

from support import BINARY, Endpoint

# Paragraphs of lines; each begins with an empty account.
LINES = pathlib.Path(__file__).with_name("lines.txt")


class Shell:
    """The terminal of the lab, with version 1 of the AWS CLI."""

    def __init__(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([BINARY, "--shell", "v1"], **pipes)

    def run(self, text):
        """What a text prints and leaves: stdout, stderr, status; an empty one begins anew."""
        self.process.stdin.write(json.dumps(text) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["stdout"], answer["stderr"], answer["status"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def real(url, words):
    """The same of the AWS CLI, in this process: a new one for each line would take minutes."""
    own = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": os.devnull,
           "AWS_DEFAULT_REGION": "us-east-1", "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_ENDPOINT_URL": url}
    out, err = io.StringIO(), io.StringIO()
    with unittest.mock.patch.dict(os.environ, own), unittest.mock.patch.object(sys, "argv", ["aws", *words]):
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = create_clidriver().main(words)
            except SystemExit as end:
                status = end.code
    return out.getvalue(), err.getvalue(), status


class TerminalAndCommandLine(unittest.TestCase):
    def test_every_line_prints_and_ends_alike(self):
        endpoint, shell = Endpoint("--settle"), Shell()
        self.addCleanup(endpoint.close)
        self.addCleanup(shell.close)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        count = 0
        for paragraph in LINES.read_text().split("\n\n"):
            endpoint.lab("reset", {})
            shell.run("")
            for line in filter(None, paragraph.split("\n")):
                if line.startswith("#"):
                    continue
                name, _, text = line.partition(" <- ")
                if text:
                    pathlib.Path(name).write_text(text + "\n")
                    shell.run(f"cat > {name} <<'END'\n{text}\nEND")
                    continue
                with self.subTest(line=line):
                    count += 1
                    words = shlex.split(line)
                    expected = real(endpoint.url, words[1:])
                    found = shell.run(line)
                    self.assertEqual([*expected], [*found])
        self.assertGreaterEqual(count, 150)
