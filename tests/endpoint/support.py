"""A running endpoint, clients for it, and the strict reading of its answers."""

import json
import os
import re
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

BINARY = os.environ["ECS_LAB_ENDPOINT"]
KEY = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}


class Endpoint:
    """One process of the endpoint on a free port."""

    def __init__(self, *options):
        command = [BINARY, "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.url = re.search(r"http://[\d.]+:\d+", line).group()
        self.port = int(self.url.rsplit(":", 1)[1])

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def client(self, service, region="us-east-1"):
        """A boto3 client that does not repeat a refused request; each JSON answer is held against the model."""
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=True)
        client = boto3.client(service, endpoint_url=self.url, region_name=region, config=config, **KEY)
        if client.meta.service_model.metadata["protocol"] == "json":
            client.meta.events.register("after-call", strictly)
        return client

    def post(self, target, body, **headers):
        """A bare request: status, JSON, headers."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", **headers}
        return self.ask("/", data, headers)

    def lab(self, path, body=None):
        """One of the lab's own paths."""
        data = None if body is None else json.dumps(body).encode()
        return self.ask("/_lab/" + path, data, {})[:2]

    def ask(self, path, data, headers):
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text, headers = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                status, text, headers = error.code, error.read(), error.headers
        try:
            return status, json.loads(text), headers
        except ValueError:
            return status, text.decode(), headers

    def aws(self, *words):
        """The AWS CLI: exit code, stdout as JSON or text, stderr."""
        own = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": os.devnull,
               "AWS_DEFAULT_REGION": "us-east-1", "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PAGER": ""}
        command = [sys.executable, "-m", "awscli", "--endpoint-url", self.url, *words]
        done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, timeout=120)
        try:
            return done.returncode, json.loads(done.stdout), done.stderr
        except ValueError:
            return done.returncode, done.stdout.strip(), done.stderr


class Case(unittest.TestCase):
    """Tests with one settling endpoint a class, emptied before each."""

    options = ("--settle",)

    @classmethod
    def setUpClass(cls):
        cls.endpoint = Endpoint(*cls.options)
        cls.addClassCleanup(cls.endpoint.close)

    def setUp(self):
        self.endpoint.lab("reset", {})

    def fleet(self, cluster="default", count=2, region="us-east-1"):
        """A cluster with instances that have registered."""
        ecs, ec2 = self.endpoint.client("ecs", region), self.endpoint.client("ec2", region)
        ecs.create_cluster(clusterName=cluster)
        ec2.run_instances(
            ImageId="ami-0ec51ab0", InstanceType="m5.large", MinCount=count, MaxCount=count,
            IamInstanceProfile={"Name": "ecsInstanceRole"},
            UserData=f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n",
        )
        return ecs


def strictly(http_response, model, **_):
    """Fails for an answer with a member that the public service model does not know, or with a value of another type."""
    if http_response.status_code == 200 and model.output_shape is not None:
        hold(model.output_shape, json.loads(http_response.content), model.name)


def hold(shape, value, path):
    kind = shape.type_name
    wrong = AssertionError(f"{path}: {value!r} is no {kind}")
    if kind == "structure":
        if not isinstance(value, dict):
            raise wrong
        for name in shape.required_members:
            if name not in value:
                raise AssertionError(f"{path}: {name} is missing")
        for name, item in value.items():
            if name not in shape.members:
                raise AssertionError(f"{path}: the model has no member {name}")
            hold(shape.members[name], item, f"{path}.{name}")
    elif kind == "list":
        if not isinstance(value, list):
            raise wrong
        for place, item in enumerate(value):
            hold(shape.member, item, f"{path}[{place}]")
    elif kind == "map":
        if not isinstance(value, dict):
            raise wrong
        for name, item in value.items():
            hold(shape.value, item, f"{path}.{name}")
    elif kind == "string":
        if not isinstance(value, str) or (shape.enum and value not in shape.enum):
            raise wrong
    elif kind in ("integer", "long"):
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong
    elif kind in ("float", "double", "timestamp"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong
    elif kind == "boolean" and not isinstance(value, bool):
        raise wrong
