"""A running endpoint, clients for it, and the strict reading of its answers."""

import json
import os
import re
import subprocess
import sys
import unittest
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

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
        """A boto3 client that does not repeat a refused request; each answer is held against the model."""
        # Without it DiscoverInstances goes to another host, data-127.0.0.1.
        plain = {"inject_host_prefix": False}
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=True, **plain)
        client = boto3.client(service, endpoint_url=self.url, region_name=region, config=config, **KEY)
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


# Seen in every recorded answer, and not in the model.
RECORDED = {"imageManifestSize"}


def strictly(http_response, model, **_):
    """Fails for an answer with a member that the public service model does not know, or with a value of another type."""
    if http_response.status_code != 200:
        return
    protocol = model.service_model.resolved_protocol
    if protocol in ("query", "ec2"):
        root = ElementTree.fromstring(http_response.content)
        own = model.service_model.metadata["xmlNamespace"].rstrip("/")
        if root.tag.strip("{").split("}")[0].rstrip("/") != own:
            raise AssertionError(f"{model.name}: {root.tag} is not in {own}")
        if protocol == "query" and model.output_shape is not None:
            root = next(child for child in root if bare(child) == model.name + "Result")
        if model.output_shape is not None:
            hold_xml(model.output_shape, root, model.name, protocol == "ec2")
    elif model.output_shape is not None:
        hold(model.output_shape, json.loads(http_response.content), model.name)


def bare(element):
    return element.tag.rsplit("}", 1)[-1]


def hold_xml(shape, element, path, ec2):
    """The same of an answer in XML, by the names on the wire."""
    kind = shape.type_name
    text = element.text or ""
    wrong = AssertionError(f"{path}: {text!r} is no {kind}")
    if kind == "structure":
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for child in element:
            if ec2 and bare(child) == "requestId":
                continue
            if bare(child) not in names:
                raise AssertionError(f"{path}: the model has no member {bare(child)}")
            hold_xml(names[bare(child)], child, f"{path}.{bare(child)}", ec2)
        there = {bare(child) for child in element}
        for name in shape.required_members:
            if shape.members[name].serialization.get("name", name) not in there:
                raise AssertionError(f"{path}: {name} is missing")
    elif kind == "list":
        name = shape.member.serialization.get("name", "member")
        for child in element:
            if bare(child) != name:
                raise AssertionError(f"{path}: an item is named {bare(child)}, not {name}")
            hold_xml(shape.member, child, f"{path}[]", ec2)
    elif kind == "map":
        for entry in element:
            parts = {bare(part): part for part in entry}
            if bare(entry) != "entry" or set(parts) != {"key", "value"}:
                raise AssertionError(f"{path}: {bare(entry)} with {sorted(parts)} is no entry")
            hold_xml(shape.value, parts["value"], f"{path}.{parts['key'].text}", ec2)
    elif kind == "string":
        if shape.enum and text not in shape.enum:
            raise wrong
    elif kind in ("integer", "long"):
        if not re.fullmatch(r"-?\d+", text):
            raise wrong
    elif kind in ("float", "double"):
        float(text)
    elif kind == "timestamp":
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text):
            raise wrong
    elif kind == "boolean" and text not in ("true", "false"):
        raise wrong


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
            if name in RECORDED:
                continue
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
