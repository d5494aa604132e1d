"""The unmodified SDK and command line walk the life of a cluster and its tasks."""

import json
import tempfile

from botocore.exceptions import ClientError

from support import Case

FAST = {"Delay": 1, "MaxAttempts": 3}


class Sdk(Case):
    def test_boto3_walks_the_life_of_a_cluster(self):
        ecs = self.fleet("prod")
        ec2 = self.endpoint.client("ec2")
        machines = [one["InstanceId"] for all in ec2.describe_instances()["Reservations"] for one in all["Instances"]]
        ec2.get_waiter("instance_running").wait(InstanceIds=machines, WaiterConfig=FAST)
        arns = ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
        found = ecs.describe_container_instances(cluster="prod", containerInstances=arns, include=["TAGS"])
        self.assertEqual(sorted(one["ec2InstanceId"] for one in found["containerInstances"]), sorted(machines))
        ecs.register_task_definition(family="web", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 128}])
        made = ecs.run_task(cluster="prod", taskDefinition="web", count=3, startedBy="walk")
        self.assertEqual(made["failures"], [])
        tasks = [task["taskArn"] for task in made["tasks"]]
        ecs.get_waiter("tasks_running").wait(cluster="prod", tasks=tasks, WaiterConfig=FAST)
        self.assertEqual(sorted(ecs.list_tasks(cluster="prod", startedBy="walk")["taskArns"]), sorted(tasks))
        for task in tasks:
            ecs.stop_task(cluster="prod", task=task, reason="the walk is over")
        ecs.get_waiter("tasks_stopped").wait(cluster="prod", tasks=tasks, WaiterConfig=FAST)
        stopped = ecs.describe_tasks(cluster="prod", tasks=tasks)["tasks"]
        self.assertEqual({(task["stopCode"], task["stoppedReason"]) for task in stopped}, {("UserInitiated", "the walk is over")})
        with self.assertRaises(ClientError) as refused:
            ecs.delete_cluster(cluster="prod")
        self.assertEqual(refused.exception.response["Error"]["Code"], "ClusterContainsContainerInstancesException")
        for arn in arns:
            ecs.deregister_container_instance(cluster="prod", containerInstance=arn)
        self.assertEqual(ecs.delete_cluster(cluster="prod")["cluster"]["status"], "INACTIVE")

    def test_boto3_looks_up_what_it_launches_and_from_what(self):
        ec2 = self.endpoint.client("ec2")
        pages = ec2.get_paginator("describe_instance_types").paginate(PaginationConfig={"PageSize": 20})
        sizes = {own["InstanceType"]: own["MemoryInfo"]["SizeInMiB"] for page in pages for own in page["InstanceTypes"]}
        self.assertEqual((sizes["t3.micro"], sizes["m5.large"]), (1024, 8192))
        linux = [{"Name": "name", "Values": ["al2023-ami-ecs-hvm-*-arm64"]}]
        [image] = ec2.describe_images(Owners=["amazon"], Filters=linux)["Images"]
        made = ec2.run_instances(ImageId=image["ImageId"], InstanceType="m7g.medium", MinCount=1, MaxCount=1)
        machine = made["Instances"][0]["InstanceId"]
        found = ec2.describe_instance_status(InstanceIds=[machine], IncludeAllInstances=True)["InstanceStatuses"]
        self.assertEqual([own["SystemStatus"]["Status"] for own in found], ["initializing"])
        self.endpoint.lab("advance", {"seconds": 300})
        ec2.get_waiter("instance_status_ok").wait(InstanceIds=[machine], WaiterConfig=FAST)
        address = ec2.allocate_address(Domain="vpc")
        self.assertEqual([own["PublicIp"] for own in ec2.describe_addresses()["Addresses"]], [address["PublicIp"]])
        ec2.release_address(AllocationId=address["AllocationId"])
        self.assertEqual(ec2.describe_addresses()["Addresses"], [])
        self.assertIn("eu-west-1", [own["RegionName"] for own in ec2.describe_regions()["Regions"]])

    def test_a_task_that_fits_nowhere_comes_back_as_failures(self):
        ecs = self.fleet(count=1)
        ecs.register_task_definition(family="big", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 60000}])
        answer = ecs.run_task(taskDefinition="big")
        self.assertEqual(([failure["reason"] for failure in answer["failures"]], answer["tasks"]), (["RESOURCE:MEMORY"], []))

    def test_paginators_see_every_page_once(self):
        ecs = self.endpoint.client("ecs")
        for number in range(7):
            ecs.create_cluster(clusterName=f"c{number}")
        pages = list(ecs.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 3}))
        self.assertEqual([len(page["clusterArns"]) for page in pages], [3, 3, 1])
        self.assertEqual(len({arn for page in pages for arn in page["clusterArns"]}), 7)

    def test_each_region_is_a_world_of_its_own(self):
        for region in ("us-east-1", "eu-central-1"):
            self.fleet("prod", count=1, region=region)
        ecs = self.endpoint.client("ecs", "eu-central-1")
        arn = ecs.list_container_instances(cluster="prod")["containerInstanceArns"][0]
        self.assertTrue(arn.startswith("arn:aws:ecs:eu-central-1:123456789012:container-instance/prod/"), arn)
        instance = ecs.describe_container_instances(cluster="prod", containerInstances=[arn])["containerInstances"][0]
        zones = [one["value"] for one in instance["attributes"] if one["name"] == "ecs.availability-zone"]
        self.assertEqual(zones, ["eu-central-1a"])
        self.assertEqual(self.endpoint.client("ecs", "us-west-2").list_clusters()["clusterArns"], [])

    def test_the_quieter_operations_answer_as_the_model_says(self):
        ecs = self.fleet("prod", count=1)
        definition = dict(family="web", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 128}])
        arns = [ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"] for _ in range(2)]
        ecs.deregister_task_definition(taskDefinition=arns[0])
        self.assertEqual(ecs.list_task_definitions(status="INACTIVE")["taskDefinitionArns"], arns[:1])
        deleted = ecs.delete_task_definitions(taskDefinitions=arns)
        self.assertEqual([one["status"] for one in deleted["taskDefinitions"]], ["DELETE_IN_PROGRESS"])
        self.assertEqual([one["arn"] for one in deleted["failures"]], arns[1:])
        cluster = ecs.describe_clusters(clusters=["prod"], include=["SETTINGS", "TAGS"])["clusters"][0]
        ecs.tag_resource(resourceArn=cluster["clusterArn"], tags=[{"key": "team", "value": "blue"}])
        self.assertEqual(ecs.list_tags_for_resource(resourceArn=cluster["clusterArn"])["tags"], [{"key": "team", "value": "blue"}])
        ecs.untag_resource(resourceArn=cluster["clusterArn"], tagKeys=["team"])
        ecs.update_cluster_settings(cluster="prod", settings=[{"name": "containerInsights", "value": "enabled"}])
        group = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:0ec51ab0-0000-4000-8000-000000000001:autoScalingGroupName/web"
        ecs.create_capacity_provider(name="own", autoScalingGroupProvider={"autoScalingGroupArn": group})
        names = {one["name"] for one in ecs.describe_capacity_providers()["capacityProviders"]}
        self.assertEqual(names, {"FARGATE", "FARGATE_SPOT", "own"})
        ecs.put_cluster_capacity_providers(cluster="prod", capacityProviders=["FARGATE", "own"], defaultCapacityProviderStrategy=[])
        ecs.put_account_setting(name="awsvpcTrunking", value="enabled")
        self.assertEqual(ecs.list_account_settings(name="awsvpcTrunking")["settings"][0]["value"], "enabled")
        task = ecs.run_task(cluster="prod", taskDefinition=arns[1])["tasks"][0]["taskArn"]
        protection = ecs.get_task_protection(cluster="prod", tasks=[task])
        self.assertEqual(len(protection["failures"]) + len(protection["protectedTasks"]), 1)
        instance = ecs.list_container_instances(cluster="prod")["containerInstanceArns"][0]
        ecs.put_attributes(cluster="prod", attributes=[{"name": "stack", "value": "blue", "targetId": instance}])
        found = ecs.list_attributes(cluster="prod", targetType="container-instance", attributeName="stack")["attributes"]
        self.assertEqual([one["value"] for one in found], ["blue"])
        ecs.update_container_instances_state(cluster="prod", containerInstances=[instance], status="DRAINING")

    def test_sts_says_who_asks(self):
        identity = self.endpoint.client("sts").get_caller_identity()
        self.assertEqual((identity["Account"], identity["Arn"].rsplit(":", 1)[1]), ("123456789012", "user/learner"))


class CommandLine(Case):
    def ok(self, *words):
        code, answer, said = self.endpoint.aws(*words)
        self.assertEqual((code, said), (0, ""), words)
        return answer

    def test_the_aws_cli_walks_the_life_of_a_task(self):
        self.fleet("prod")
        definition = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx", "memory": 128}]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(definition, file)
            file.flush()
            self.ok("ecs", "register-task-definition", "--cli-input-json", f"file://{file.name}")
        query = ("--query", "tasks[].taskArn", "--output", "text")
        tasks = self.ok("ecs", "run-task", "--cluster", "prod", "--task-definition", "web", "--count", "2", *query).split()
        self.assertEqual(len(tasks), 2)
        self.ok("ecs", "wait", "tasks-running", "--cluster", "prod", "--tasks", *tasks)
        self.ok("ecs", "stop-task", "--cluster", "prod", "--task", tasks[0])
        self.ok("ecs", "wait", "tasks-stopped", "--cluster", "prod", "--tasks", tasks[0])
        left = self.ok("ecs", "list-tasks", "--cluster", "prod")["taskArns"]
        self.assertEqual(left, tasks[1:])

    def test_the_aws_cli_shows_a_refusal_as_ever(self):
        code, _, said = self.endpoint.aws("ecs", "describe-tasks", "--cluster", "nope", "--tasks", "t")
        self.assertEqual(code, 255)
        self.assertIn("An error occurred (ClusterNotFoundException) when calling the DescribeTasks operation: Cluster not found.", said)
