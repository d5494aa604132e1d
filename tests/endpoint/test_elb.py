"""The unmodified SDK and command line put a task behind a load balancer."""

from botocore.exceptions import ClientError

from support import Case

FAST = {"Delay": 1, "MaxAttempts": 3}
SUBNETS = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1"]
VPC = "vpc-0ec51ab0000000001"


class LoadBalancers(Case):
    def task(self):
        """The address of a running task."""
        ecs = self.endpoint.client("ecs")
        ecs.create_cluster(clusterName="prod")
        ecs.register_task_definition(
            family="web", networkMode="awsvpc", cpu="256", memory="512", requiresCompatibilities=["FARGATE"],
            containerDefinitions=[{"name": "app", "image": "nginx", "portMappings": [{"containerPort": 80}]}],
        )
        made = ecs.run_task(cluster="prod", taskDefinition="web", launchType="FARGATE",
                            networkConfiguration={"awsvpcConfiguration": {"subnets": SUBNETS[:1], "assignPublicIp": "ENABLED"}})
        tasks = [made["tasks"][0]["taskArn"]]
        ecs.get_waiter("tasks_running").wait(cluster="prod", tasks=tasks, WaiterConfig=FAST)
        shown = ecs.describe_tasks(cluster="prod", tasks=tasks)["tasks"][0]
        return shown["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]

    def test_boto3_waits_for_a_target(self):
        address, elb = self.task(), self.endpoint.client("elbv2")
        group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=VPC, TargetType="ip")
        group = group["TargetGroups"][0]["TargetGroupArn"]
        made = elb.create_load_balancer(Name="web", Subnets=SUBNETS, Tags=[{"Key": "team", "Value": "a"}])["LoadBalancers"][0]
        arn = made["LoadBalancerArn"]
        elb.get_waiter("load_balancer_exists").wait(Names=["web"], WaiterConfig=FAST)
        elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn], WaiterConfig=FAST)
        listener = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80,
                                       DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])
        listener = listener["Listeners"][0]["ListenerArn"]
        elb.create_rule(ListenerArn=listener, Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/old/*"]}],
                        Actions=[{"Type": "redirect", "RedirectConfig": {"Path": "/new", "StatusCode": "HTTP_301"}}])
        rules = elb.describe_rules(ListenerArn=listener)["Rules"]
        self.assertEqual([rule["Priority"] for rule in rules], ["10", "default"])
        self.assertEqual(rules[0]["Actions"][0]["RedirectConfig"]["Host"], "#{host}")
        target = [{"Id": address, "Port": 80}]
        elb.register_targets(TargetGroupArn=group, Targets=target)
        elb.get_waiter("target_in_service").wait(TargetGroupArn=group, Targets=target, WaiterConfig=FAST)
        elb.deregister_targets(TargetGroupArn=group, Targets=target)
        elb.get_waiter("target_deregistered").wait(TargetGroupArn=group, Targets=target, WaiterConfig=FAST)
        self.assertEqual(elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"], [{"Key": "team", "Value": "a"}])
        with self.assertRaises(ClientError) as refused:
            elb.delete_target_group(TargetGroupArn=group)
        self.assertEqual(refused.exception.response["Error"]["Code"], "ResourceInUse")
        elb.delete_load_balancer(LoadBalancerArn=arn)
        elb.get_waiter("load_balancers_deleted").wait(LoadBalancerArns=[arn], WaiterConfig=FAST)
        with self.assertRaises(elb.exceptions.LoadBalancerNotFoundException):
            elb.describe_load_balancers(LoadBalancerArns=[arn])

    def test_the_command_line_makes_a_network_load_balancer(self):
        code, made, error = self.endpoint.aws("elbv2", "create-load-balancer", "--name", "net", "--type", "network", "--subnets", *SUBNETS)
        self.assertEqual((code, error), (0, ""))
        own = made["LoadBalancers"][0]
        self.assertTrue(own["DNSName"].endswith(".elb.us-east-1.amazonaws.com"), own["DNSName"])
        code, *_ = self.endpoint.aws("elbv2", "wait", "load-balancer-available", "--names", "net")
        self.assertEqual(code, 0)
        code, _, error = self.endpoint.aws("elbv2", "describe-target-health", "--target-group-arn", own["LoadBalancerArn"])
        self.assertIn("ValidationError", error)
        code, made, error = self.endpoint.aws("ec2", "create-security-group", "--group-name", "lb", "--description", "lb")
        self.assertEqual((code, error), (0, ""))
        rule = ("--group-id", made["GroupId"], "--protocol", "tcp", "--port", "80", "--cidr", "0.0.0.0/0")
        self.assertEqual(self.endpoint.aws("ec2", "authorize-security-group-ingress", *rule)[0], 0)
        code, shown, _ = self.endpoint.aws("ec2", "describe-security-groups", "--group-ids", made["GroupId"])
        self.assertEqual(shown["SecurityGroups"][0]["IpPermissions"][0]["IpRanges"], [{"CidrIp": "0.0.0.0/0"}])
