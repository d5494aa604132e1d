"""Every service's door: what is not simulated, bad input, random bytes."""

import json
import random

from botocore.exceptions import ClientError

from support import Case

# An operation that each service has and the lab will hardly ever simulate, with an input that the SDK accepts.
ABSENT = {
    "autoscaling": ("describe_scaling_process_types", {}),
    "cloudwatch": ("list_managed_insight_rules", {"ResourceARN": "arn:aws:x:y:z:w:v"}),
    "codedeploy": ("list_git_hub_account_token_names", {}),
    "ec2": ("describe_vpc_peering_connections", {}),
    "ecr": ("get_signing_configuration", {}),
    "ecr-public": ("describe_registries", {}),
    "events": ("list_event_buses", {}),
    "elbv2": ("describe_account_limits", {}),
    "iam": ("list_mfa_devices", {}),
    "logs": ("describe_queries", {}),
    "secretsmanager": ("get_random_password", {}),
    "servicediscovery": ("get_service_attributes", {"ServiceId": "s"}),
    "ssm": ("describe_parameters", {}),
    "sts": ("get_session_token", {}),
}

TARGETS = {
    "AWSEvents": "DescribeRule",
    "AmazonEC2ContainerRegistry_V20150921": "DescribeRepositories",
    "AmazonEC2ContainerServiceV20141113": "DescribeTasks",
    "AmazonSSM": "GetParameters",
    "AnyScaleFrontendService": "DescribeScalableTargets",
    "CodeDeploy_20141006": "GetDeployment",
    "GraniteServiceVersion20100801": "DescribeAlarms",
    "Logs_20140328": "DescribeLogStreams",
    "Route53AutoNaming_v20170314": "GetService",
    "SpencerFrontendService": "GetAuthorizationToken",
    "secretsmanager": "DescribeSecret",
}

FORMS = {"iam": "2010-05-08", "sts": "2011-06-15", "autoscaling": "2011-01-01", "ec2": "2016-11-15",
         "elasticloadbalancing": "2015-12-01", "monitoring": "2010-08-01"}


class Doors(Case):
    def form(self, service, text):
        scope = f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260105/us-east-1/{service}/aws4_request, SignedHeaders=host"
        headers = {"Authorization": scope, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return self.endpoint.ask("/", text.encode() if isinstance(text, str) else text, headers)

    def test_what_is_not_simulated_says_so_by_name(self):
        for service, (method, asked) in ABSENT.items():
            with self.subTest(service=service):
                client = self.endpoint.client(service)
                with self.assertRaises(ClientError) as refused:
                    getattr(client, method)(**asked)
                name = client.meta.method_to_api_mapping[method]
                error = refused.exception.response["Error"]
                self.assertEqual((error["Code"], error["Message"]), ("UnsupportedFeatureException", f"ECS Lab does not simulate {name}."))
                self.assertTrue(refused.exception.response["ResponseMetadata"]["RequestId"].startswith("ec51ab00-"))

    def test_the_command_line_shows_it_as_any_refusal(self):
        for words in (("ecr", "get-signing-configuration"), ("iam", "list-mfa-devices"), ("cloudwatch", "list-dashboards")):
            code, _, said = self.endpoint.aws(*words)
            self.assertEqual(code, 255, said)
            self.assertIn("An error occurred (UnsupportedFeatureException)", said)

    def test_bad_bodies_are_refused_and_change_nothing(self):
        deep = b"[" * 100_000
        for prefix, operation in TARGETS.items():
            for body in (b"", b"{", b"[]", b"5", b"null", b"\xff\xfe", deep, b'{"x": 1}', json.dumps({"nextToken": "\u00fc" * 10}).encode()):
                status, answer, headers = self.endpoint.post(f"{prefix}.{operation}", body)
                self.assertIn(status, (200, 400), (prefix, body[:20]))
                self.assertIn("x-amzn-requestid", headers)
                if status == 400:
                    self.assertTrue(answer["__type"], (prefix, body[:20]))
            status, answer, _ = self.endpoint.post(f"{prefix}.FlyToTheMoon", {})
            self.assertEqual((status, answer["__type"]), (400, "UnknownOperationException"))
        for service, version in FORMS.items():
            for text in ("", "Action=", "Action=Fly", "%", b"\xff=\xfe", "Action=ListUsers&Marker=" + "x" * 100_000,
                         "Action=DescribeInstances&InstanceId.1=&InstanceId.3=" + "&".join(f"Filter.{n}=x" for n in range(10_000))):
                suffix = f"&Version={version}"
                status, _, headers = self.form(service, text + suffix if isinstance(text, str) else text + suffix.encode())
                self.assertIn(status, (200, 400, 404), (service, text[:40]))
                self.assertIn("x-amzn-requestid", headers)
        self.assertEqual(self.endpoint.lab("facts")[1], {"us-east-1": []})

    def test_random_bytes_at_every_door(self):
        dice = random.Random(11)
        for prefix, operation in TARGETS.items():
            for _ in range(30):
                self.assertIn(self.endpoint.post(f"{prefix}.{operation}", dice.randbytes(dice.randrange(200)))[0], (200, 400))
        for service in FORMS:
            for _ in range(30):
                self.assertIn(self.form(service, b"Action=" + dice.randbytes(dice.randrange(200)))[0], (200, 400))

    def test_the_classic_load_balancers_are_another_service(self):
        status, text, _ = self.form("elasticloadbalancing", "Action=DescribeLoadBalancers&Version=2012-06-01")
        self.assertEqual(status, 400)
        self.assertIn("does not simulate", text)

    def test_cloudwatch_gives_the_codes_of_its_older_protocol_to_whom_asks(self):
        target = "GraniteServiceVersion20100801.SetAlarmState"
        asked = {"AlarmName": "gone", "StateValue": "OK", "StateReason": "r"}
        status, answer, headers = self.endpoint.post(target, asked, **{"x-amzn-query-mode": "true"})
        self.assertEqual((status, answer["__type"]), (400, "ResourceNotFound"))
        self.assertEqual(headers["x-amzn-query-error"], "ResourceNotFound;Sender")
        self.assertIsNone(self.endpoint.post(target, asked)[2]["x-amzn-query-error"])
