//! What a call needs: an action on each resource that it is about, and iam:PassRole on each role that it hands over (4.3,
//! 7.2). Sources: service authorization reference (actions, resources and condition keys), read 2026-11-20; ListTasks and
//! RegisterTaskDefinition as their denials name them.

use super::Context;
use super::state::Kind;
use crate::applicationautoscaling as scaling;
use crate::aws::arn::{Account, short_name};
use crate::rooms::Rooms;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// One action on one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// `service:Name`.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The condition keys that this need has beside those of every request.
    pub context: Context,
}

impl Need {
    /// An action on a resource.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: Context::default() }
    }

    /// The resource as denials name it: IAM's own by kind and name where the call is about one that is there.
    pub(super) fn shown(&self) -> String {
        let whole = matches!(self.action.as_str(), "iam:PassRole" | "iam:CreateRole" | "iam:CreateServiceLinkedRole");
        let of_iam = self.resource.split_once(":iam::").filter(|_| self.action.starts_with("iam:") && !whole);
        let named = of_iam.and_then(|(_, rest)| rest.split_once(':')?.1.split_once('/'));
        match named {
            // S3 puts it between quotes.
            _ if self.action.starts_with("s3:") => format!("\"{}\"", self.resource),
            Some((kind, name)) if !name.is_empty() => format!("{} {}", kind.replace('-', " "), short_name(name)),
            _ => self.resource.clone(),
        }
    }
}

/// Everything that a call needs, in the order in which it is asked for.
pub fn needs(rooms: &Rooms, account: &Account, service: &str, operation: &str, input: &Value) -> Vec<Need> {
    // STS asks the role's trust policy itself; who asks who it is needs nothing.
    if service == "sts" {
        return Vec::new();
    }
    if service == "s3" {
        return of_s3(account, operation, input);
    }
    let prefix = if service == "elbv2" { "elasticloadbalancing" } else { service };
    let action = format!("{prefix}:{operation}");
    let place = Place { account, service, operation, input };
    let resources = if service == "application-autoscaling" { place.of_scaling(rooms) } else { place.resources() };
    let mut all: Vec<Need> = resources.into_iter().map(|own| Need::new(action.as_str(), own)).collect();
    for need in &mut all {
        place.describe(rooms, need);
    }
    if service == "ecs" && place.tags().next().is_some() && !matches!(operation, "TagResource" | "UntagResource") {
        all.push(place.tagging());
    }
    if service == "application-autoscaling" {
        place.for_scaling(rooms, &mut all);
    }
    if service == "ecr-public" && operation == "GetAuthorizationToken" {
        all.push(Need::new("sts:GetServiceBearerToken", "*".to_string()));
    }
    for (role, to) in place.passed(rooms) {
        let mut need = Need::new("iam:PassRole", role);
        need.context.add("iam:PassedToService", to);
        all.push(need);
    }
    all
}

/// What a call to S3 needs, whose actions are named otherwise than its operations.
fn of_s3(account: &Account, operation: &str, input: &Value) -> Vec<Need> {
    let text = |member: &str| input[member].as_str().unwrap_or_default();
    let arn = |named: &str| format!("arn:{}:s3:::{named}", account.partition());
    let object = || arn(&format!("{}/{}", text("Bucket"), text("Key")));
    match operation {
        "ListBuckets" => alloc::vec![Need::new("s3:ListAllMyBuckets", "*")],
        "ListObjectsV2" => alloc::vec![Need::new("s3:ListBucket", arn(text("Bucket")))],
        "CreateBucket" | "DeleteBucket" => alloc::vec![Need::new(format!("s3:{operation}"), arn(text("Bucket")))],
        "CopyObject" => {
            let source = arn(text("CopySource").trim_start_matches('/'));
            alloc::vec![Need::new("s3:GetObject", source), Need::new("s3:PutObject", object())]
        }
        _ => alloc::vec![Need::new(format!("s3:{operation}"), object())],
    }
}

/// A call, seen by what it is about.
struct Place<'a> {
    account: &'a Account,
    service: &'a str,
    operation: &'a str,
    input: &'a Value,
}

impl Place<'_> {
    fn text(&self, member: &str) -> Option<&str> {
        self.input[member].as_str().filter(|text| !text.is_empty())
    }

    /// The texts of a member that is one or a list of them.
    fn texts(&self, member: &str) -> Vec<&str> {
        match &self.input[member] {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            Value::String(text) => alloc::vec![text],
            _ => Vec::new(),
        }
    }

    /// The ARN of something in the region.
    fn arn(&self, service: &str, resource: &str) -> String {
        let Account { region, id } = self.account;
        format!("arn:{}:{service}:{region}:{id}:{resource}", self.account.partition())
    }

    fn cluster(&self) -> &str {
        short_name(self.text("cluster").unwrap_or("default"))
    }

    /// The ARN of something in the call's cluster, of its name, id or ARN.
    fn in_cluster(&self, kind: &str, named: &str) -> String {
        match named.starts_with("arn:") {
            true => named.to_string(),
            false => self.arn("ecs", &format!("{kind}/{}/{}", self.cluster(), short_name(named))),
        }
    }

    /// What the call is about, one resource at least.
    fn resources(&self) -> Vec<String> {
        let found = match self.service {
            "ecs" => self.of_ecs(),
            "ec2" => self.of_ec2(),
            "iam" => alloc::vec![self.of_iam()],
            "events" => {
                let named = self.text("Name").or(self.text("Rule"));
                named.map(|name| self.arn("events", &format!("rule/{name}"))).into_iter().collect()
            }
            "ecr" => self
                .texts("repositoryName")
                .into_iter()
                .chain(self.texts("repositoryNames"))
                .map(|name| self.arn("ecr", &format!("repository/{name}")))
                .collect(),
            "logs" => match self.text("logGroupName") {
                Some(group) => {
                    let stream = self.text("logStreamName").unwrap_or_default();
                    alloc::vec![self.arn("logs", &format!("log-group:{group}:log-stream:{stream}"))]
                }
                None => Vec::new(),
            },
            _ => self.any_arns(),
        };
        if found.is_empty() { alloc::vec!["*".to_string()] } else { found }
    }

    fn of_ecs(&self) -> Vec<String> {
        let whole = |kind: &str, name: &str| match name.starts_with("arn:") {
            true => name.to_string(),
            false => self.arn("ecs", &format!("{kind}/{name}")),
        };
        let cluster = || alloc::vec![whole("cluster", self.cluster())];
        let each = |kind: &str, member: &str| -> Vec<String> {
            self.texts(member).into_iter().map(|name| self.in_cluster(kind, name)).collect()
        };
        match self.operation {
            "RunTask" | "StartTask" => {
                self.texts("taskDefinition").into_iter().map(|name| whole("task-definition", name)).collect()
            }
            "DeleteTaskDefinitions" => {
                self.texts("taskDefinitions").into_iter().map(|name| whole("task-definition", name)).collect()
            }
            "StopTask" | "ExecuteCommand" => each("task", "task"),
            "DescribeTasks" | "GetTaskProtection" | "UpdateTaskProtection" => each("task", "tasks"),
            "ListTasks" => match self.text("containerInstance") {
                Some(named) => alloc::vec![self.in_cluster("container-instance", named)],
                None => alloc::vec![self.arn("ecs", &format!("container-instance/{}/*", self.cluster()))],
            },
            "DescribeContainerInstances" | "UpdateContainerInstancesState" => {
                each("container-instance", "containerInstances")
            }
            "UpdateContainerAgent" | "Poll" | "StartTelemetrySession" => {
                each("container-instance", "containerInstance")
            }
            "PutAttributes" | "DeleteAttributes" => {
                let targets = self.input["attributes"].as_array().into_iter().flatten();
                targets
                    .filter_map(|own| own["targetId"].as_str())
                    .map(|id| self.in_cluster("container-instance", id))
                    .collect()
            }
            "ListAttributes" => alloc::vec![self.arn("ecs", &format!("container-instance/{}/*", self.cluster()))],
            "DescribeClusters" => match self.texts("clusters").as_slice() {
                [] => cluster(),
                named => named.iter().map(|name| whole("cluster", name)).collect(),
            },
            "DeleteCluster"
            | "UpdateCluster"
            | "UpdateClusterSettings"
            | "PutClusterCapacityProviders"
            | "RegisterContainerInstance"
            | "DeregisterContainerInstance"
            | "ListContainerInstances" => cluster(),
            "CreateService" => each("service", "serviceName"),
            "UpdateService" | "DeleteService" | "CreateTaskSet" | "DescribeTaskSets" => each("service", "service"),
            "DescribeServices" => each("service", "services"),
            "UpdateTaskSet" | "DeleteTaskSet" | "UpdateServicePrimaryTaskSet" => each("service", "service"),
            "DeleteCapacityProvider" => {
                self.texts("capacityProvider").into_iter().map(|name| whole("capacity-provider", name)).collect()
            }
            "UpdateCapacityProvider" => {
                self.texts("name").into_iter().map(|name| whole("capacity-provider", name)).collect()
            }
            "DescribeCapacityProviders" => {
                self.texts("capacityProviders").into_iter().map(|name| whole("capacity-provider", name)).collect()
            }
            "TagResource" | "UntagResource" | "ListTagsForResource" => {
                self.texts("resourceArn").into_iter().map(String::from).collect()
            }
            "StopServiceDeployment" | "ContinueServiceDeployment" => {
                self.texts("serviceDeploymentArn").into_iter().map(String::from).collect()
            }
            "DescribeServiceDeployments" => self.texts("serviceDeploymentArns").into_iter().map(String::from).collect(),
            "DescribeServiceRevisions" => self.texts("serviceRevisionArns").into_iter().map(String::from).collect(),
            // The rest has no resource of its own: lists, task definitions, account settings, what is being made.
            _ => Vec::new(),
        }
    }

    /// Scalable targets; what the Describe calls look at has no ARN.
    fn of_scaling(&self, rooms: &Rooms) -> Vec<String> {
        if self.operation.starts_with("Describe") {
            return alloc::vec!["*".to_string()];
        }
        let target = rooms.applicationautoscaling.target(self.text("ResourceId").unwrap_or_default());
        let named = self.text("ResourceARN").map(String::from).or(target.map(|own| own.arn(self.account)));
        alloc::vec![named.unwrap_or_else(|| self.arn("application-autoscaling", "scalable-target/*"))]
    }

    /// What Application Auto Scaling does with services and alarms its caller has to be able to do, too (4.3).
    fn for_scaling(&self, rooms: &Rooms, all: &mut Vec<Need>) {
        let resource = self.text("ResourceId").unwrap_or_default();
        let policies = rooms.applicationautoscaling.target(resource).map(|own| own.policies.as_slice());
        let tracks = policies.into_iter().flatten().any(|own| own.kind == "TargetTrackingScaling");
        let service = self.arn("ecs", resource);
        let alarms = self.arn("cloudwatch", &format!("alarm:TargetTracking-{resource}-*"));
        match self.operation {
            "RegisterScalableTarget" => {
                // The first target makes the service-linked role, in the caller's name.
                if rooms.iam.get(Kind::Role, scaling::ROLE).is_none() {
                    let mut need = Need::new("iam:CreateServiceLinkedRole", scaling::role_arn(self.account));
                    need.context.add("iam:AWSServiceName", scaling::PRINCIPAL);
                    all.push(need);
                }
                if self.input["Tags"].is_object() {
                    let target = self.arn("application-autoscaling", "scalable-target/*");
                    all.push(Need::new("application-autoscaling:TagResource", target));
                }
                all.push(Need::new("ecs:DescribeServices", service.as_str()));
                all.push(Need::new("ecs:UpdateService", service));
            }
            "PutScalingPolicy" if self.input["TargetTrackingScalingPolicyConfiguration"].is_object() => {
                all.push(Need::new("cloudwatch:PutMetricAlarm", alarms.as_str()));
                all.push(Need::new("cloudwatch:DescribeAlarms", alarms));
            }
            "DeleteScalingPolicy" | "DeregisterScalableTarget" if tracks => {
                all.push(Need::new("cloudwatch:DeleteAlarms", alarms));
            }
            _ => {}
        }
    }

    fn of_ec2(&self) -> Vec<String> {
        let ids = self.texts("InstanceIds");
        match self.operation {
            operation if operation.starts_with("Describe") => Vec::new(),
            "RunInstances" => alloc::vec![self.arn("ec2", "instance/*")],
            _ => ids.into_iter().map(|id| self.arn("ec2", &format!("instance/{id}"))).collect(),
        }
    }

    fn of_iam(&self) -> String {
        let path = self.text("Path").unwrap_or("/");
        let named = Kind::ALL.into_iter().find_map(|kind| {
            let name = self.text(&format!("{}Name", kind.word()))?;
            Some(format!("{}{path}{name}", kind.in_arn()))
        });
        let own = match (named, self.text("PolicyArn"), self.text("PolicyName")) {
            (Some(own), ..) => own,
            (None, Some(arn), _) => return arn.to_string(),
            (None, None, Some(name)) => format!("policy{path}{name}"),
            _ => match self.operation {
                "ListUsers" => "user/".to_string(),
                "ListRoles" => "role/".to_string(),
                "ListGroups" => "group/".to_string(),
                "ListInstanceProfiles" => "instance-profile/".to_string(),
                _ => return "*".to_string(),
            },
        };
        self.account.principal(&own)
    }

    /// Of a service that has no table here: the ARNs that the input names.
    fn any_arns(&self) -> Vec<String> {
        let members = self.input.as_object().into_iter().flatten();
        let values = members.filter(|(name, _)| name.to_ascii_lowercase().trim_end_matches('s').ends_with("arn"));
        let values = values.filter(|(name, _)| !name.to_ascii_lowercase().contains("role"));
        let texts = values.flat_map(|(name, _)| self.texts(name));
        texts.filter(|text| text.starts_with("arn:")).map(String::from).collect()
    }

    /// The tags that the call gives.
    fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.input["tags"].as_array().into_iter().flatten();
        all.filter_map(|own| Some((own["key"].as_str()?, own["value"].as_str().unwrap_or_default())))
    }

    /// The condition keys of the request and of the resource.
    fn describe(&self, rooms: &Rooms, need: &mut Need) {
        for (key, value) in self.tags() {
            need.context.add(&format!("aws:RequestTag/{key}"), value);
            need.context.add("aws:TagKeys", key);
        }
        for key in self.texts("tagKeys") {
            need.context.add("aws:TagKeys", key);
        }
        if self.service != "ecs" {
            return;
        }
        if self.operation != "CreateCluster" && !self.input["cluster"].is_null()
            || need.resource.matches('/').count() > 1
        {
            need.context.add("ecs:cluster", self.arn("ecs", &format!("cluster/{}", self.cluster())));
        }
        if self.operation.ends_with("Service")
            && let Some(named) = self.text("taskDefinition")
        {
            let arn =
                if named.starts_with("arn:") { named.to_string() } else { self.account.task_definition_named(named) };
            need.context.add("ecs:task-definition", arn);
        }
        if self.operation.ends_with("TaskSet")
            && let Some(named) = self.text("service")
        {
            need.context.add("ecs:service", self.in_cluster("service", named));
        }
        let asked = serde_json::json!({ "resourceArn": need.resource.as_str() });
        let tags = crate::ecs::read(rooms, self.account, crate::sim::SimTime::default(), "ListTagsForResource", &asked)
            .unwrap_or_default();
        for tag in tags["tags"].as_array().into_iter().flatten() {
            let (key, value) = (tag["key"].as_str().unwrap_or_default(), tag["value"].as_str().unwrap_or_default());
            need.context.add(&format!("aws:ResourceTag/{key}"), value);
            need.context.add(&format!("ecs:ResourceTag/{key}"), value);
        }
    }

    /// Who gives tags to what is being made needs ecs:TagResource on it.
    fn tagging(&self) -> Need {
        let made = match self.operation {
            "CreateCluster" => format!("cluster/{}", self.text("clusterName").unwrap_or("default")),
            "CreateCapacityProvider" => format!("capacity-provider/{}", self.text("name").unwrap_or_default()),
            "RegisterTaskDefinition" => format!("task-definition/{}:*", self.text("family").unwrap_or_default()),
            "CreateService" => format!("service/{}/{}", self.cluster(), self.text("serviceName").unwrap_or_default()),
            "RegisterContainerInstance" => format!("container-instance/{}/*", self.cluster()),
            "CreateTaskSet" => format!("task-set/{}/*", self.cluster()),
            _ => format!("task/{}/*", self.cluster()),
        };
        let mut need = Need::new("ecs:TagResource", self.arn("ecs", &made));
        need.context.add("ecs:CreateAction", self.operation);
        need
    }

    /// The roles that the call hands over, each to its service.
    fn passed(&self, rooms: &Rooms) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        match (self.service, self.operation) {
            ("ec2", "RunInstances") => {
                let given = &self.input["IamInstanceProfile"];
                let named = given["Name"].as_str().or(given["Arn"].as_str()).map(short_name);
                let profile = named.and_then(|name| rooms.iam.get(Kind::InstanceProfile, name));
                let role = profile.and_then(|own| own.members.first()).map(String::as_str).or(named);
                found.extend(role.map(|role| (self.role(rooms, role), "ec2.amazonaws.com")));
            }
            ("ssm", "CreateActivation") => {
                found.extend(self.text("IamRole").map(|role| (self.role(rooms, role), "ssm.amazonaws.com")));
            }
            ("events", _) => {
                let targets = self.input["Targets"].as_array().into_iter().flatten();
                let roles = targets.chain([self.input]);
                let roles = roles.filter_map(|own| own["RoleArn"].as_str());
                found.extend(roles.map(|role| (self.role(rooms, role), "events.amazonaws.com")));
            }
            ("iam", "AddRoleToInstanceProfile") => {
                found.extend(self.text("RoleName").map(|role| (self.role(rooms, role), "ec2.amazonaws.com")));
            }
            (
                "ecs",
                "RegisterTaskDefinition"
                | "RunTask"
                | "StartTask"
                | "CreateService"
                | "UpdateService"
                | "CreateTaskSet"
                | "CreateCapacityProvider"
                | "UpdateCapacityProvider",
            ) => {
                self.collect(rooms, self.input, &mut found);
                if let Some(definition) = self.text("taskDefinition")
                    && let Some(definition) = crate::ecs::runnable(&rooms.ecs, definition)
                {
                    let document = &definition.registration.document;
                    for member in ["taskRoleArn", "executionRoleArn"] {
                        if self.input["overrides"][member].is_null() {
                            self.role_in(rooms, member, &document[member], &mut found);
                        }
                    }
                }
            }
            ("application-autoscaling" | "codedeploy" | "autoscaling", _) => {
                self.collect(rooms, self.input, &mut found)
            }
            _ => {}
        }
        found
    }

    /// Every member of the input that is a role.
    fn collect(&self, rooms: &Rooms, value: &Value, found: &mut Vec<(String, &'static str)>) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    if value.is_string() {
                        self.role_in(rooms, name, value, found)
                    } else {
                        self.collect(rooms, value, found)
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|own| self.collect(rooms, own, found)),
            _ => {}
        }
    }

    fn role_in(&self, rooms: &Rooms, member: &str, value: &Value, found: &mut Vec<(String, &'static str)>) {
        let service = match member {
            "taskRoleArn" | "executionRoleArn" => "ecs-tasks.amazonaws.com",
            "roleArn" | "role" | "infrastructureRoleArn" => "ecs.amazonaws.com",
            "RoleARN" => "application-autoscaling.amazonaws.com",
            "serviceRoleArn" => "codedeploy.amazonaws.com",
            _ => return,
        };
        if let Some(named) = value.as_str().filter(|named| !named.is_empty()) {
            let passed = (self.role(rooms, named), service);
            if !found.contains(&passed) {
                found.push(passed);
            }
        }
    }

    /// The ARN of a role that is given by name or ARN.
    fn role(&self, rooms: &Rooms, named: &str) -> String {
        if named.starts_with("arn:") {
            return named.to_string();
        }
        let own = rooms.iam.get(Kind::Role, named).map(|own| own.arn(self.account));
        own.unwrap_or_else(|| self.account.principal(&format!("role/{named}")))
    }
}
