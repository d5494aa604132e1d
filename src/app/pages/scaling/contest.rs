//! Two ways to scale on the same load: each is a fork of the lab, run minute by minute in slices, and measured.

use super::Drafts;
use super::requests::{alarm, call, label, policy};
use ecs_lab::ecs::service::{Counts, Service};
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::sim::{SimDuration, SimTime};
use serde_json::{Value, json};
use std::rc::Rc;

/// What a side does about the policies of the target.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// They stay as they are.
    Now,
    /// There is none.
    Fixed,
    /// This one alone is left.
    Only(String),
    /// The one of the form stands in their place.
    Draft,
}

impl Way {
    /// From the value of a choice.
    pub fn read(text: &str) -> Self {
        match text {
            "now" => Self::Now,
            "fixed" => Self::Fixed,
            "draft" => Self::Draft,
            other => Self::Only(other.trim_start_matches("only:").to_owned()),
        }
    }

    /// What it is, for the reader.
    pub fn words(&self) -> String {
        match self {
            Self::Now => "the policies as they are".to_owned(),
            Self::Fixed => "no policy: the count stays".to_owned(),
            Self::Draft => "the policy in the form above, alone".to_owned(),
            Self::Only(name) => format!("only {name}"),
        }
    }
}

/// What came of a side so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    /// Running tasks, added up minute by minute.
    pub task_minutes: u64,
    /// The most that ran.
    pub most: u32,
    /// Minutes in which the metric was above the line.
    pub above: u32,
    /// The most such minutes in a row: how long it took to recover.
    pub recovery: u32,
    /// Minutes with a value of the metric.
    pub known: u32,
}

impl Measures {
    /// Counts the values of the metric, one a minute, in order of time; none where there is none.
    fn count(&mut self, values: impl Iterator<Item = Option<f64>>, line: f64) {
        let mut row = 0;
        (self.above, self.recovery, self.known) = (0, 0, 0);
        for value in values {
            self.known += u32::from(value.is_some());
            // A minute without a value neither ends a row nor makes it longer.
            match value {
                Some(value) if value > line => row += 1,
                Some(_) => row = 0,
                None => continue,
            }
            self.above += u32::from(row > 0);
            self.recovery = self.recovery.max(row);
        }
    }
}

/// One side.
pub struct Side {
    lab: Lab,
    resource: String,
    start: SimTime,
    /// Running tasks of each minute.
    pub tasks: Vec<u32>,
    /// What came of it; the metric once it is over.
    pub measures: Measures,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// `service/CLUSTER/SERVICE`.
    pub resource: String,
    /// A and B.
    pub ways: [Way; 2],
    /// The policy of the form, where a side has it.
    pub draft: Option<Command>,
    /// The load that is put on both, unless they keep what they have.
    pub load: Option<Command>,
    /// How long.
    pub minutes: u32,
    /// The metric: CPUUtilization or MemoryUtilization of the service, or [`REQUESTS`].
    pub metric: &'static str,
    /// Above this it is too much.
    pub line: f64,
}

/// The requests of a minute to the service's target group, for each target.
pub const REQUESTS: &str = "RequestCountPerTarget";

/// Namespace, statistic and dimensions of a metric of the service; none of requests where no Application Load Balancer
/// sends it any.
fn source(lab: &Lab, resource: &str, metric: &str) -> Option<(&'static str, &'static str, Value)> {
    let one = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    if metric != REQUESTS {
        let (cluster, service) = resource.strip_prefix("service/")?.split_once('/')?;
        return Some(("AWS/ECS", "Average", json!([one("ClusterName", cluster), one("ServiceName", service)])));
    }
    let label = label(lab, resource);
    let (balancer, group) = label.split_once("/targetgroup/")?;
    let group = format!("targetgroup/{group}");
    Some(("AWS/ApplicationELB", "Sum", json!([one("LoadBalancer", balancer), one("TargetGroup", &group)])))
}

impl Side {
    /// A fork of the lab in which one way and the load are in force. Errors: a sentence.
    fn begin(lab: &Lab, drafts: &Drafts, terms: &Terms, way: &Way) -> Result<Self, String> {
        let mut own = lab.fork();
        let target = own.world().applicationautoscaling().target(&terms.resource).cloned();
        let target = target.ok_or("The service is no scalable target. Register it first.")?;
        let mut apply = |command: Command| own.apply(command).map_err(|refusal| format!("AWS refuses: {refusal}"));
        for known in &target.policies {
            if *way == Way::Fixed || *way == Way::Draft || matches!(way, Way::Only(name) if *name != *known.name) {
                apply(call("DeleteScalingPolicy", &terms.resource, json!({ "PolicyName": &*known.name })))?;
            }
        }
        if *way == Way::Draft {
            let made = policy(drafts, lab, &terms.resource).map_err(|(_, words)| words)?;
            let reply = apply(made.ok_or("The policy of the form above has no name yet.")?)?.reply;
            if reply["Alarms"].as_array().is_none_or(Vec::is_empty) {
                apply(alarm(drafts, &target, "compared", reply["PolicyARN"].as_str().unwrap_or_default()))?;
            }
        }
        if let Some(load) = &terms.load {
            apply(load.clone())?;
        }
        if source(&own, &terms.resource, terms.metric).is_none() {
            return Err("No Application Load Balancer sends requests to the service.".into());
        }
        let start = own.now();
        Ok(Self { lab: own, resource: terms.resource.clone(), start, tasks: Vec::new(), measures: Measures::default() })
    }

    fn service(&self) -> Option<&Rc<Service>> {
        let (cluster, name) = self.resource.strip_prefix("service/")?.split_once('/')?;
        let ecs = self.lab.world().ecs();
        ecs.service(ecs.cluster(cluster)?.id, name)
    }

    /// One minute more.
    fn step(&mut self) {
        // Time passes in any state.
        let _ = self.lab.advance(SimDuration::from_secs(60));
        let running = self.service().map_or(0, |own| Counts::of(self.lab.world().ecs(), own, None).running);
        self.tasks.push(running);
        self.measures.task_minutes += u64::from(running);
        self.measures.most = self.measures.most.max(running);
    }

    /// The metric of each minute, as CloudWatch has it.
    fn metric(&self, name: &str) -> Vec<Option<f64>> {
        let mut all = vec![None; self.tasks.len()];
        let Some((namespace, statistic, dimensions)) = source(&self.lab, &self.resource, name) else { return all };
        let first = self.start.as_millis().div_euclid(60_000) * 60;
        // An answer holds 1,440 points at most.
        for part in 0..all.len().div_ceil(1440) as i64 {
            let from = first + part * 86_400;
            let input = json!({
                "Namespace": namespace, "MetricName": name, "Period": 60, "Statistics": [statistic],
                "Dimensions": dimensions,
                "StartTime": from, "EndTime": from + 86_400,
            });
            let reply = self.lab.read(&ApiCall::new("cloudwatch", "GetMetricStatistics", input)).unwrap_or_default();
            for point in reply["Datapoints"].as_array().into_iter().flatten() {
                let at = point["Timestamp"].as_f64().map(|seconds| (seconds as i64 - first) / 60);
                let at = at.and_then(|minute| usize::try_from(minute).ok());
                if let Some(own) = at.and_then(|minute| all.get_mut(minute)) {
                    *own = point[statistic].as_f64();
                }
            }
        }
        all
    }
}

/// A comparison that is on its way or over.
pub struct Contest {
    /// What is compared.
    pub terms: Terms,
    /// A and B.
    pub sides: [Side; 2],
    /// Whether the reader has stopped it.
    pub cancelled: bool,
    over: bool,
}

impl Contest {
    /// Both sides at their start. Errors: a sentence.
    pub fn begin(lab: &Lab, drafts: &Drafts, terms: Terms) -> Result<Self, String> {
        let [first, second] = &terms.ways;
        let sides = [Side::begin(lab, drafts, &terms, first)?, Side::begin(lab, drafts, &terms, second)?];
        Ok(Self { terms, sides, cancelled: false, over: false })
    }

    /// Minutes that have passed on both sides.
    pub fn passed(&self) -> u32 {
        self.sides.iter().map(|side| side.tasks.len()).min().unwrap_or_default() as u32
    }

    /// Whether both have run to their end.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Runs minute by minute while the clock of the page, in milliseconds, has not gone on by `budget`. Whether more is to
    /// do.
    pub fn slice(&mut self, clock: impl Fn() -> u64, budget: u64) -> bool {
        let begun = clock();
        while !self.cancelled && !self.over {
            let behind = usize::from(self.sides[1].tasks.len() < self.sides[0].tasks.len());
            if self.passed() >= self.terms.minutes {
                for side in &mut self.sides {
                    let values = side.metric(self.terms.metric);
                    side.measures.count(values.into_iter(), self.terms.line);
                }
                self.over = true;
            } else if let Some(side) = self.sides.get_mut(behind) {
                side.step();
            }
            if clock().saturating_sub(begun) >= budget {
                break;
            }
        }
        !self.cancelled && !self.over
    }
}

#[cfg(test)]
mod tests {
    use super::super::requests::target;
    use super::super::wave::Drawing;
    use super::*;
    use crate::app::store::opening;
    use std::cell::Cell;

    const SHOP: &str = "service/prod/shop";

    /// A service of small tasks with a policy at 60 % of their CPU.
    fn shop() -> (Lab, Drafts) {
        let mut lab = opening::fleet();
        let input = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "desiredCount": 1 });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        lab.apply(Command::Advance(SimDuration::from_secs(60))).unwrap();
        let mut drafts = Drafts::default();
        lab.apply(target(&drafts, SHOP)).unwrap();
        drafts.texts.set("policy-PolicyName", "cpu".into());
        lab.apply(policy(&drafts, &lab, SHOP).unwrap().unwrap()).unwrap();
        (lab, drafts)
    }

    fn terms(ways: [Way; 2]) -> Terms {
        let mut drawing = Drawing::of("steady", 5);
        for point in [(600, 60), (2400, 60), (2700, 5)] {
            drawing.add(point);
        }
        let load = Some(drawing.command("prod", "shop", json!({ "workMilliseconds": 10 })));
        Terms { resource: SHOP.into(), ways, draft: None, load, minutes: 60, metric: "CPUUtilization", line: 60.0 }
    }

    fn run(lab: &Lab, drafts: &Drafts, terms: Terms) -> [Measures; 2] {
        let mut own = Contest::begin(lab, drafts, terms).unwrap();
        while own.slice(|| 0, 1) {}
        own.sides.map(|side| side.measures)
    }

    #[test]
    fn a_policy_costs_tasks_and_saves_minutes_above_the_line() {
        let (lab, drafts) = shop();
        let before = lab.digest();
        let [now, fixed] = run(&lab, &drafts, terms([Way::Now, Way::Fixed]));
        assert_eq!((fixed.task_minutes, fixed.most), (60, 1), "one task all the time");
        assert!(now.task_minutes > 60 && now.most > 1, "{now:?}");
        assert!(now.above < fixed.above && now.recovery < fixed.recovery && now.above > 0, "{now:?} {fixed:?}");
        assert_eq!((now.known, fixed.known), (60, 60), "a point each minute");
        assert_eq!(lab.digest(), before, "the lab itself is as it was");
    }

    #[test]
    fn the_same_way_twice_is_the_same() {
        let (lab, mut drafts) = shop();
        let [first, second] = run(&lab, &drafts, terms([Way::Now, Way::Only("cpu".into())]));
        assert_eq!(first, second);
        drafts.texts.set("policy-PolicyType", "StepScaling".into());
        let [_, steps] = run(&lab, &drafts, terms([Way::Fixed, Way::Draft]));
        assert!(steps.most > 1, "the drafted steps have their alarm: {steps:?}");
    }

    /// A service of two tasks behind an Application Load Balancer, with a policy for each target's requests.
    fn balanced() -> (Lab, Drafts) {
        let (mut lab, mut drafts) = shop();
        let elb = |lab: &mut Lab, operation: &str, input, list: &str, member: &str| {
            let reply = lab.apply(Command::Api(ApiCall::new("elbv2", operation, input))).unwrap().reply;
            reply[list][0][member].as_str().unwrap().to_owned()
        };
        let subnets = lab.read(&ApiCall::new("ec2", "DescribeSubnets", json!({}))).unwrap();
        let vpc = &subnets["Subnets"][0]["VpcId"];
        let ids: Vec<&Value> = subnets["Subnets"].as_array().unwrap().iter().map(|own| &own["SubnetId"]).collect();
        let input = json!({ "Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": vpc, "TargetType": "instance" });
        let group = elb(&mut lab, "CreateTargetGroup", input, "TargetGroups", "TargetGroupArn");
        let input = json!({ "Name": "front", "Subnets": ids });
        let front = elb(&mut lab, "CreateLoadBalancer", input, "LoadBalancers", "LoadBalancerArn");
        let forward = json!([{ "Type": "forward", "TargetGroupArn": group }]);
        let input = json!({ "LoadBalancerArn": front, "Protocol": "HTTP", "Port": 80, "DefaultActions": forward });
        elb(&mut lab, "CreateListener", input, "Listeners", "ListenerArn");
        lab.apply(Command::Advance(SimDuration::from_secs(180))).unwrap();
        let behind = json!([{ "targetGroupArn": group, "containerName": "app", "containerPort": 80 }]);
        let input = json!({
            "cluster": "prod", "serviceName": "web", "taskDefinition": "web:1", "desiredCount": 2, "loadBalancers": behind,
        });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        lab.apply(Command::Advance(SimDuration::from_secs(120))).unwrap();
        lab.apply(target(&drafts, WEB)).unwrap();
        drafts.texts.set("policy-PolicyName", "requests".into());
        drafts.texts.set("policy-PredefinedMetricType", "ALBRequestCountPerTarget".into());
        drafts.texts.set("policy-TargetValue", "600".into());
        lab.apply(policy(&drafts, &lab, WEB).unwrap().unwrap()).unwrap();
        (lab, drafts)
    }

    const WEB: &str = "service/prod/web";

    #[test]
    fn requests_per_target_are_compared_too() {
        let (lab, drafts) = balanced();
        let mut drawing = Drawing::of("steady", 10);
        for point in [(300, 60), (3_000, 60), (3_300, 10)] {
            drawing.add(point);
        }
        let load = Some(drawing.command("prod", "web", json!({ "workMilliseconds": 5 })));
        let terms = Terms {
            resource: WEB.into(),
            ways: [Way::Only("requests".into()), Way::Fixed],
            draft: None,
            load,
            minutes: 70,
            metric: REQUESTS,
            line: 600.0,
        };
        let [scaled, fixed] = run(&lab, &drafts, terms.clone());
        // 60 requests per second are 3,600 in a minute: 1,800 for each of two targets.
        assert!(fixed.above >= 45 && fixed.most == 2, "{fixed:?}");
        assert!(scaled.above > 0 && scaled.above < fixed.above / 2 && scaled.most >= 6, "{scaled:?}");
        assert!(scaled.recovery < fixed.recovery && scaled.task_minutes > fixed.task_minutes);
        assert!(fixed.known >= 60, "{fixed:?}");
        let refused = Contest::begin(&lab, &drafts, Terms { resource: SHOP.into(), ..terms }).err();
        assert_eq!(refused.as_deref(), Some("No Application Load Balancer sends requests to the service."));
    }

    #[test]
    fn it_runs_in_slices_and_can_be_stopped() {
        let (lab, drafts) = shop();
        let mut own = Contest::begin(&lab, &drafts, terms([Way::Now, Way::Fixed])).unwrap();
        let ticks = Cell::new(0);
        let clock = || ticks.replace(ticks.get() + 5);
        assert!(own.slice(clock, 20), "four steps of 5 ms");
        assert_eq!(own.sides.each_ref().map(|side| side.tasks.len()), [2, 2]);
        own.cancelled = true;
        assert!(!own.slice(|| 0, 1) && !own.is_over() && own.passed() == 2);
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let (mut lab, drafts) = shop();
        let other = Drafts::default();
        let said = |lab: &Lab, drafts: &Drafts, way: Way| {
            Contest::begin(lab, drafts, terms([Way::Now, way])).err().unwrap_or_default()
        };
        assert!(said(&lab, &other, Way::Draft).contains("has no name yet"));
        let mut wrong = drafts.clone();
        wrong.texts.set("policy-TargetValue", "0".into());
        assert!(said(&lab, &wrong, Way::Draft).starts_with("AWS refuses: "));
        lab.apply(call("DeregisterScalableTarget", SHOP, json!({}))).unwrap();
        assert!(said(&lab, &drafts, Way::Fixed).contains("no scalable target"));
    }

    #[test]
    fn minutes_above_the_line_are_counted_in_rows() {
        let mut own = Measures::default();
        let values = [Some(10.0), Some(61.0), Some(70.0), None, Some(80.0), Some(60.0), Some(61.0)];
        own.count(values.into_iter(), 60.0);
        assert_eq!((own.above, own.recovery, own.known), (4, 3, 6));
    }
}
