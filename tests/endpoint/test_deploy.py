"""The unmodified SDK deploys by shifting traffic, by task sets, and by CodeDeploy."""

import json

from botocore.exceptions import ClientError

from support import Case

SUBNETS = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1"]


class Deployments(Case):
    options = ("--speed", "0")

    def wait(self, seconds):
        self.endpoint.lab("advance", {"seconds": seconds})

    def scene(self):
        """A fleet, two revisions of `api`, two target groups and the listener of an active load balancer."""
        self.ecs, self.elb = self.fleet("prod"), self.endpoint.client("elbv2")
        self.define()
        self.define()
        made = [
            self.elb.create_target_group(
                Name=name, Protocol="HTTP", Port=80, VpcId="vpc-0ec51ab0000000001", TargetType="instance",
                HealthCheckIntervalSeconds=10)["TargetGroups"][0]["TargetGroupArn"]
            for name in ("blue", "green")]
        self.blue, self.green = made
        self.balancer = self.elb.create_load_balancer(Name="web", Subnets=SUBNETS)["LoadBalancers"][0]["LoadBalancerArn"]
        self.listener = self.listen(80, [(self.blue, 100), (self.green, 0)])
        self.wait(180)

    def define(self):
        container = {"name": "app", "image": "nginx", "memory": 128, "portMappings": [{"containerPort": 80}]}
        self.ecs.register_task_definition(family="api", containerDefinitions=[container])

    def listen(self, port, groups):
        forward = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]}
        return self.elb.create_listener(
            LoadBalancerArn=self.balancer, Protocol="HTTP", Port=port,
            DefaultActions=[{"Type": "forward", "ForwardConfig": forward}])["Listeners"][0]["ListenerArn"]

    def weights(self):
        rules = self.elb.describe_rules(ListenerArn=self.listener)["Rules"]
        groups = rules[-1]["Actions"][0]["ForwardConfig"]["TargetGroups"]
        weights = {group["TargetGroupArn"]: group["Weight"] for group in groups}
        return [weights[self.blue], weights[self.green]]

    def behind(self, group):
        return {"targetGroupArn": group, "containerName": "app", "containerPort": 80}

    def service(self):
        return self.ecs.describe_services(cluster="prod", services=["web"])["services"][0]

    def test_boto3_shifts_traffic_by_a_canary(self):
        self.scene()
        rule = self.elb.describe_rules(ListenerArn=self.listener)["Rules"][-1]["RuleArn"]
        advanced = {
            "alternateTargetGroupArn": self.green, "productionListenerRule": rule,
            "roleArn": "arn:aws:iam::123456789012:role/infra"}
        config = {
            "strategy": "CANARY", "bakeTimeInMinutes": 5,
            "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 10}}
        asked = {
            "cluster": "prod", "serviceName": "web", "taskDefinition": "api:1", "desiredCount": 2,
            "deploymentConfiguration": config, "loadBalancers": [{**self.behind(self.blue), "advancedConfiguration": advanced}]}
        with self.assertRaises(ClientError) as refused:
            self.ecs.create_service(**{**asked, "loadBalancers": [self.behind(self.blue)]})
        self.assertEqual(
            refused.exception.response["Error"]["Message"],
            "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy")
        made = self.ecs.create_service(**asked)["service"]
        self.assertEqual(made["deploymentConfiguration"]["canaryConfiguration"], config["canaryConfiguration"])
        self.wait(60)
        self.ecs.update_service(cluster="prod", service="web", taskDefinition="api:2")
        self.wait(60)
        self.assertEqual(self.weights(), [90, 10])
        last = self.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"][0]
        told = self.ecs.describe_service_deployments(serviceDeploymentArns=[last["serviceDeploymentArn"]])
        self.assertEqual(told["serviceDeployments"][0]["lifecycleStage"], "PRODUCTION_TRAFFIC_SHIFT")
        self.ecs.stop_service_deployment(serviceDeploymentArn=last["serviceDeploymentArn"], stopType="ROLLBACK")
        self.assertEqual(self.weights(), [100, 0])
        self.wait(600)
        self.ecs.update_service(cluster="prod", service="web", taskDefinition="api:2")
        self.wait(1200)
        self.assertEqual(self.weights(), [0, 100])
        last = self.ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
        self.assertEqual([own["status"] for own in last[:2]], ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"])
        revision = self.service()["currentServiceRevisions"][0]["arn"]
        shown = self.ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"][0]
        self.assertEqual(
            shown["resolvedConfiguration"]["loadBalancers"],
            [{"targetGroupArn": self.green, "productionListenerRule": rule}])

    def test_boto3_controls_task_sets(self):
        self.scene()
        self.ecs.create_service(
            cluster="prod", serviceName="web", desiredCount=3, deploymentController={"type": "EXTERNAL"})
        of = {"cluster": "prod", "service": "web"}
        full = {"value": 100.0, "unit": "PERCENT"}
        blue = self.ecs.create_task_set(
            **of, taskDefinition="api:1", scale=full, loadBalancers=[self.behind(self.blue)], externalId="one")["taskSet"]
        self.assertEqual((blue["computedDesiredCount"], blue["stabilityStatus"]), (3, "STABILIZING"))
        self.ecs.update_service_primary_task_set(**of, primaryTaskSet=blue["taskSetArn"])
        self.wait(60)
        green = self.ecs.create_task_set(
            **of, taskDefinition="api:2", scale={"value": 40.0, "unit": "PERCENT"},
            loadBalancers=[self.behind(self.green)])["taskSet"]
        self.wait(60)
        sets = self.ecs.describe_task_sets(**of)["taskSets"]
        self.assertEqual(
            [(own["status"], own["runningCount"], own["stabilityStatus"]) for own in sets],
            [("PRIMARY", 3, "STEADY_STATE"), ("ACTIVE", 2, "STEADY_STATE")])
        self.ecs.update_task_set(**of, taskSet=green["id"], scale=full)
        self.ecs.update_service_primary_task_set(**of, primaryTaskSet=green["id"])
        with self.assertRaises(ClientError):
            self.ecs.delete_task_set(**of, taskSet=blue["id"])
        gone = self.ecs.delete_task_set(**of, taskSet=blue["id"], force=True)["taskSet"]
        self.assertEqual(gone["status"], "DRAINING")
        self.wait(900)
        service = self.service()
        self.assertEqual([own["id"] for own in service["taskSets"]], [green["id"]])
        self.assertEqual((service["runningCount"], service["deployments"]), (3, []))
        with self.assertRaises(ClientError) as refused:
            self.ecs.update_task_set(**of, taskSet=blue["id"], scale=full)
        self.assertEqual(refused.exception.response["Error"]["Code"], "TaskSetNotFoundException")

    def test_boto3_deploys_by_codedeploy(self):
        self.scene()
        deploy, iam = self.endpoint.client("codedeploy"), self.endpoint.client("iam")
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(trust))
        iam.attach_role_policy(RoleName="deployer", PolicyArn="arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS")
        self.ecs.create_service(
            cluster="prod", serviceName="web", taskDefinition="api:1", desiredCount=2,
            loadBalancers=[self.behind(self.blue)], deploymentController={"type": "CODE_DEPLOY"})
        self.wait(60)
        named = {"applicationName": "AppECS-prod-web", "deploymentGroupName": "DgpECS-prod-web"}
        deploy.create_application(applicationName=named["applicationName"], computePlatform="ECS")
        deploy.create_deployment_group(
            **named, serviceRoleArn="arn:aws:iam::123456789012:role/deployer",
            deploymentConfigName="CodeDeployDefault.ECSCanary10Percent5Minutes",
            deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            blueGreenDeploymentConfiguration={
                "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 10},
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}},
            ecsServices=[{"clusterName": "prod", "serviceName": "web"}],
            loadBalancerInfo={"targetGroupPairInfoList": [{
                "targetGroups": [{"name": "blue"}, {"name": "green"}],
                "prodTrafficRoute": {"listenerArns": [self.listener]}}]})
        properties = {"TaskDefinition": "api:2", "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 80}}
        spec = {"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}]}
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(spec)}}
        made = deploy.create_deployment(**named, revision=revision)["deploymentId"]
        self.wait(60)
        shown = deploy.get_deployment(deploymentId=made)["deploymentInfo"]
        self.assertEqual((shown["status"], shown["creator"], self.weights()), ("InProgress", "user", [90, 10]))
        target = deploy.list_deployment_targets(deploymentId=made)["targetIds"][0]
        target = deploy.get_deployment_target(deploymentId=made, targetId=target)["deploymentTarget"]["ecsTarget"]
        self.assertEqual([own["trafficWeight"] for own in target["taskSetsInfo"]], [90.0, 10.0])
        self.wait(330)
        deploy.continue_deployment(deploymentId=made, deploymentWaitType="TERMINATION_WAIT")
        deploy.get_waiter("deployment_successful").wait(deploymentId=made, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
        self.wait(600)
        sets = self.service()["taskSets"]
        self.assertEqual([(own["status"], own["startedBy"], own["externalId"]) for own in sets], [("PRIMARY", "CODE_DEPLOY", made)])
        second = deploy.create_deployment(**named, revision=revision)["deploymentId"]
        self.wait(60)
        self.assertEqual(deploy.stop_deployment(deploymentId=second, autoRollbackEnabled=True)["status"], "Succeeded")
        self.assertEqual(deploy.get_deployment(deploymentId=second)["deploymentInfo"]["status"], "Stopped")
        self.assertEqual(self.weights(), [0, 100])
        with self.assertRaises(ClientError) as refused:
            deploy.get_deployment_group(applicationName=named["applicationName"], deploymentGroupName="none")
        self.assertEqual(refused.exception.response["Error"]["Code"], "DeploymentGroupDoesNotExistException")
        self.assertEqual(deploy.list_deployments(**named)["deployments"][1:], [second, made])
