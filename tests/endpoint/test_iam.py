"""Identities over the wire: a key that IAM made in the lab acts as its user, a session as its role."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from support import Case

ACCOUNT = "123456789012"


def allow(action, resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}})


class Identities(Case):
    def client(self, service, key=None):
        """A client with the learner's key, or with one that IAM or STS gave."""
        key = key or {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret"}
        return boto3.client(
            service, endpoint_url=self.endpoint.url, region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}), aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"], aws_session_token=key.get("SessionToken"),
        )

    def refused(self, call, **wish):
        with self.assertRaises(ClientError) as refused:
            call(**wish)
        return refused.exception.response["Error"]

    def test_a_key_acts_as_its_user_and_a_session_as_its_role(self):
        iam = self.client("iam")
        self.client("ecs").create_cluster(clusterName="prod")
        self.assertEqual(iam.create_user(UserName="ci")["User"]["Arn"], f"arn:aws:iam::{ACCOUNT}:user/ci")
        key = iam.create_access_key(UserName="ci")["AccessKey"]
        self.assertEqual(self.client("sts", key).get_caller_identity()["Arn"], f"arn:aws:iam::{ACCOUNT}:user/ci")
        self.assertEqual(self.client("sts").get_caller_identity()["Arn"], f"arn:aws:iam::{ACCOUNT}:user/learner")
        ecs = self.client("ecs", key)
        error = self.refused(ecs.describe_clusters, clusters=["prod"])
        self.assertEqual(error["Code"], "AccessDeniedException")
        self.assertEqual(
            error["Message"],
            f"User: arn:aws:iam::{ACCOUNT}:user/ci is not authorized to perform: ecs:DescribeClusters on resource: "
            f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/prod because no identity-based policy allows the "
            "ecs:DescribeClusters action",
        )
        self.assertEqual(self.refused(self.client("ec2", key).describe_instances)["Code"], "UnauthorizedOperation")
        self.assertEqual(self.refused(self.client("iam", key).list_users)["Code"], "AccessDenied")
        iam.put_user_policy(UserName="ci", PolicyName="own", PolicyDocument=allow(["ecs:*", "sts:AssumeRole"]))
        self.assertEqual(len(ecs.describe_clusters(clusters=["prod"])["clusters"]), 1)
        self.assertEqual(iam.get_user_policy(UserName="ci", PolicyName="own")["PolicyDocument"]["Statement"]["Effect"], "Allow")

        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ci"}}]}
        role = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        self.assertEqual(role["AssumeRolePolicyDocument"], trust)
        iam.attach_role_policy(RoleName="deploy", PolicyArn="arn:aws:iam::aws:policy/AmazonECS_FullAccess")
        session = self.client("sts", key).assume_role(RoleArn=role["Arn"], RoleSessionName="run")["Credentials"]
        own = self.client("sts", session).get_caller_identity()
        self.assertEqual(own["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/run")
        self.client("ecs", session).list_clusters()
        iam.detach_role_policy(RoleName="deploy", PolicyArn="arn:aws:iam::aws:policy/AmazonECS_FullAccess")
        self.assertIn("assumed-role/deploy/run is not", self.refused(self.client("ecs", session).list_clusters)["Message"])

        iam.update_access_key(UserName="ci", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        self.assertEqual(self.refused(ecs.list_clusters)["Code"], "UnrecognizedClientException")
        self.assertEqual(self.refused(self.client("sts", key).get_caller_identity)["Code"], "InvalidClientTokenId")

    def test_lists_have_pages_and_refusals_their_codes(self):
        iam = self.client("iam")
        for number in range(5):
            iam.create_group(GroupName=f"g{number}")
        pages = iam.get_paginator("list_groups").paginate(PaginationConfig={"PageSize": 2})
        self.assertEqual([len(page["Groups"]) for page in pages], [2, 2, 1])
        self.assertEqual([own["UserName"] for own in iam.list_users()["Users"]], ["learner"])
        for name, call, wish in [
            ("NoSuchEntity", iam.get_role, {"RoleName": "x"}),
            ("EntityAlreadyExists", iam.create_group, {"GroupName": "g1"}),
            ("MalformedPolicyDocument", iam.create_policy, {"PolicyName": "p", "PolicyDocument": "{}"}),
            ("DeleteConflict", iam.delete_role, {"RoleName": "ecsTaskExecutionRole"}),
        ]:
            self.assertEqual(self.refused(call, **wish)["Code"], name)
