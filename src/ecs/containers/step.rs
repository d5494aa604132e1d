//! One step of one container: where it goes next, when, and why not (3.7, 3.8, 5.2, 5.5).

use super::{Health, Phase, Run, Wish, program};
use crate::ecr::MadeFor;
use crate::ecs::application;
use crate::ecs::fault::{Failure, TOO_LITTLE_MEMORY, no_log_group};
use crate::ecs::image::{self, PullError};
use crate::ecs::limits::{Limit, go_text};
use crate::ecs::program::Program;
use crate::ecs::registry::Fit;
use crate::ecs::taskdef::{Condition, Container, Core};
use crate::ecs::{Ecs, LaunchType, Task, forward, logs, reach, registry, roles, service, timing};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::String;

/// With what Docker ends a container whose program has the wrong format.
const WRONG_FORMAT: u8 = 255;

/// What a container sees while it takes a step.
pub(super) struct Scene<'a> {
    pub ecs: &'a Ecs,
    pub task: &'a Task,
    pub core: &'a Core,
    pub now: SimTime,
}

/// What a container waits for: its name, where it stands, and when the container gives up.
struct Unmet<'a> {
    name: &'a str,
    run: &'a Run,
    gives_up: Option<SimTime>,
}

impl Scene<'_> {
    /// The next state of a container, if it can go there now, and what that means for the task.
    pub fn next(&self, runs: &[Run], index: usize, container: &Container) -> Option<(Run, Option<Wish>)> {
        let run = runs.get(index)?;
        let is_due = run.due.is_some_and(|due| due <= self.now);
        let after = |span: SimDuration| Some(self.now + span);
        match run.phase {
            Phase::Waiting | Phase::Pulling | Phase::Starting if self.task.goes() => {
                Some((run.stopped(run.exit), None))
            }
            Phase::Waiting => match self.dependencies(runs, container) {
                Ok(true) if run.pulled => Some((self.starting(run, container), None)),
                Ok(may) if may || !run.pulled && self.pulls_upfront() => {
                    Some((Run { phase: Phase::Pulling, due: after(self.pull(container).0), ..run.clone() }, None))
                }
                Ok(_) => None,
                Err(reason) => Some(failed(run, reason)),
            },
            Phase::Pulling if is_due => match self.pull(container).1 {
                Some(reason) => Some(failed(run, reason)),
                None if self.pulls_upfront() => {
                    Some((Run { phase: Phase::Waiting, due: None, pulled: true, ..run.clone() }, None))
                }
                None => Some((self.starting(run, container), None)),
            },
            Phase::Starting if is_due => {
                if let Some(reason) = reach::stream(self.ecs, self.task, container) {
                    return Some(failed(run, reason));
                }
                if let Some(reason) = roles::stream_refusal(self.ecs, self.task, container, self.now) {
                    return Some(failed(run, reason));
                }
                if let Some(reason) = forward::refusal(self.ecs, self.task, index, self.now) {
                    return Some(failed(run, reason));
                }
                if let Some(reason) = registry::too_old(self.ecs, self.task, container) {
                    return Some(failed(run, reason));
                }
                if let Some(failure) = self.start_failure(container) {
                    return Some(failed(run, failure.reason(self.ecs, self.task)));
                }
                let ends = self.program(container).ends.map(|(span, _)| self.now + span);
                let exit = forward::exit_code(self.ecs, self.task, index).filter(|_| ends.is_none());
                let due = exit.map_or(ends, |_| Some(self.now));
                let started = Run {
                    phase: Phase::Running,
                    started: Some(self.now),
                    told: None,
                    turned: self.now,
                    due,
                    ..run.clone()
                };
                Some((Run { exit, reason: None, health: Health::Unknown, ..started }, None))
            }
            Phase::Running if is_due => {
                let code = run.exit.or(self.program(container).ends.map(|(_, code)| code));
                Some(self.exited(run, container, code.unwrap_or_default()))
            }
            Phase::Running if self.task.goes() => self.may_stop(runs, container).then(|| {
                if let Some(failure) = self.failure(Phase::Stopping) {
                    let due = after(failure.lasts(self.ecs, self.task));
                    return (Run { phase: Phase::Stopping, due, exit: None, ..run.clone() }, None);
                }
                let program = self.program(container);
                let timeout = || self.stop_timeout(container);
                let due = after(program.on_term.map_or_else(timeout, |_| timing::SIGTERM_OBEYED));
                // One that does not obey may end by itself before it is killed.
                let own = run.due.filter(|own| program.on_term.is_none() && due.is_some_and(|due| *own <= due));
                let (due, exit) = match own {
                    Some(_) => (own, run.exit.or(program.ends.map(|(_, code)| code))),
                    None => (due, Some(program.on_term.unwrap_or(137))),
                };
                (Run { phase: Phase::Stopping, due, exit, told: Some(self.now), ..run.clone() }, None)
            }),
            Phase::Stopping if is_due => {
                let over = run.stopped(run.exit);
                let failure = self.failure(Phase::Stopping).filter(|_| run.exit.is_none());
                let reason = failure.map(|own| own.reason(self.ecs, self.task).into()).or(over.reason);
                Some((Run { reason, ..over }, None))
            }
            Phase::Running => {
                let (_, health) = self.health_due(run, container).filter(|(at, _)| *at <= self.now)?;
                Some((Run { health, ..run.clone() }, None))
            }
            _ => None,
        }
    }

    /// CD-26, LC-08.
    fn exited(&self, run: &Run, container: &Container, code: u8) -> (Run, Option<Wish>) {
        let lasted = |period: u32| run.started.is_some_and(|at| self.now - at >= SimDuration::from_secs(period.into()));
        let again = container.restart.as_ref().filter(|own| lasted(own.period) && !own.ignored.contains(&code));
        if self.task.wanted() && again.is_some() {
            let due = Some(self.now + timing::START);
            let restarts = run.restarts + 1;
            return (
                Run { phase: Phase::Starting, due, exit: Some(code), restarts, health: Health::Unknown, ..run.clone() },
                None,
            );
        }
        (run.stopped(Some(code)), (container.essential && self.task.wanted()).then_some(Wish::EssentialExited))
    }

    /// The container is being made and started, or fails to be.
    fn starting(&self, run: &Run, container: &Container) -> Run {
        let failure = self.start_failure(container).map_or(timing::START, |own| own.lasts(self.ecs, self.task));
        let cut_off = reach::stream(self.ecs, self.task, container).map(|_| timing::UNREACHABLE);
        let span = cut_off.unwrap_or(failure);
        Run { phase: Phase::Starting, due: Some(self.now + span), ..run.clone() }
    }

    /// How the task fails to come up or to stop, if that is in this phase.
    fn failure(&self, at: Phase) -> Option<&'static Failure> {
        self.ecs.faults.initialization_at(self.task, at)
    }

    /// How the container fails to be made or to start.
    fn start_failure(&self, container: &Container) -> Option<&'static Failure> {
        let too_small = self.task.launch != LaunchType::Fargate && !container.has_memory_to_start();
        let own = too_small.then_some(&TOO_LITTLE_MEMORY).or_else(|| self.failure(Phase::Starting));
        own.or_else(|| no_log_group().filter(|_| logs::lacks_group(self.ecs, container)))
    }

    /// DP-05.
    fn pulls_upfront(&self) -> bool {
        self.task.host().and_then(|key| self.ecs.instance(key)).is_some_and(|host| host.pulls_upfront)
    }

    fn program(&self, container: &Container) -> Program {
        // A kernel cannot run what was made for another processor.
        if registry::answer(self.task, container)
            .is_some_and(|own| own.as_ref().is_ok_and(|own| own.made_for != MadeFor::Platform))
        {
            return Program { ends: Some((SimDuration::ZERO, WRONG_FORMAT)), ..Program::SERVICE };
        }
        let own = program(self.task, container);
        let crash = application::crash(self.ecs, self.task, container);
        Program { ends: crash.or(own.ends), ..own }
    }

    fn run_of<'a>(&self, runs: &'a [Run], name: &str) -> Option<(&'a Run, &Container)> {
        let index = self.core.containers.iter().position(|container| container.name == name)?;
        runs.get(index).zip(self.core.containers.get(index))
    }

    /// What a container still waits for (3.7), with its name.
    fn unmet<'a>(&'a self, runs: &'a [Run], container: &'a Container) -> impl Iterator<Item = Unmet<'a>> {
        let each = container.depends_on.iter();
        each.filter_map(|(name, condition)| {
            let (run, other) = self.run_of(runs, name)?;
            let over = run.phase == Phase::Stopped;
            let met = match condition {
                Condition::Start => run.phase >= Phase::Running,
                Condition::Complete => over,
                Condition::Success => over && run.exit == Some(0),
                Condition::Healthy => run.health == Health::Healthy,
            };
            let gives_up = run.started.zip(other.start_timeout).filter(|_| !over);
            let gives_up = gives_up.map(|(at, seconds)| at + SimDuration::from_secs(seconds.into()));
            (!met).then_some(Unmet { name, run, gives_up })
        })
    }

    /// Whether all that a container waits for is there, or why it never will (DP-03, DP-04).
    fn dependencies(&self, runs: &[Run], container: &Container) -> Result<bool, String> {
        for Unmet { name, run, gives_up } in self.unmet(runs, container) {
            if run.phase == Phase::Stopped {
                let code = run.exit.unwrap_or_default();
                return Err(format!("dependency graph: container {name} exited with code {code}"));
            }
            if gives_up.is_some_and(|at| at <= self.now) {
                return Err(format!(
                    "dependency graph: container ordering dependency [{name}] for target [{}] has timed out.",
                    container.name
                ));
            }
        }
        Ok(self.unmet(runs, container).next().is_none())
    }

    /// When a waiting container gives up (DP-03).
    pub fn timeout(&self, runs: &[Run], container: &Container) -> Option<SimTime> {
        self.unmet(runs, container).filter_map(|unmet| unmet.gives_up).min()
    }

    /// DP-01: what depends on a container stops before it.
    fn may_stop(&self, runs: &[Run], container: &Container) -> bool {
        let depends = |other: &Container| other.depends_on.iter().any(|(name, _)| *name == container.name);
        self.core.containers.iter().zip(runs).all(|(other, run)| run.phase == Phase::Stopped || !depends(other))
    }

    /// SP-02.
    fn stop_timeout(&self, container: &Container) -> SimDuration {
        let host = self.task.host().and_then(|key| self.ecs.instance(key));
        match (container.stop_timeout, host) {
            (Some(seconds), _) => SimDuration::from_secs(seconds.into()),
            (None, Some(host)) => host.limits.get(Limit::Stop),
            (None, None) => timing::STOP_TIMEOUT,
        }
    }

    /// How long the pull of a container's image takes, and why it fails if it does.
    fn pull(&self, container: &Container) -> (SimDuration, Option<String>) {
        let host = self.task.host().and_then(|key| self.ecs.instance(key));
        let answer = registry::answer(self.task, container);
        let told = answer.and_then(|own| own.as_ref().ok()).map(|own| &own.digest);
        let kept = host.and_then(|host| host.images.get(&container.image));
        // Another image may stand under the name by now.
        let cached = kept.is_some_and(|kept| kept.what().zip(told).is_none_or(|(kept, digest)| kept.digest == *digest));
        if let Some(reason) =
            reach::fetch(self.ecs, self.task, container).or_else(|| reach::login(self.ecs, self.task, container))
        {
            return (timing::UNREACHABLE, Some(reason));
        }
        if let Some(reason) = roles::fetch_refusal(self.ecs, self.task, container, self.now) {
            return (timing::PULL_CACHED, Some(reason));
        }
        if let Some(failure) = self.failure(Phase::Pulling) {
            return (failure.lasts(self.ecs, self.task), Some(failure.reason(self.ecs, self.task)));
        }
        let size = answer.and_then(|own| own.as_ref().ok()).map(|own| own.size).or(container.image_size);
        let size =
            size.or_else(|| host.filter(|host| host.logged_in).and_then(|_| image::private_size(&container.image)));
        let fault = self.ecs.faults.pull(&container.image);
        let error = match (fault, size) {
            (Some((_, Some(error))), _) => Some(error),
            _ if answer.is_some_and(Result::is_err) => answer.and_then(|own| own.as_ref().err()).copied(),
            (_, None) => Some(PullError::NotFound),
            _ => match registry::fit(self.ecs, self.task, container) {
                Fit::Lacks(platform) => Some(PullError::NoPlatform(platform)),
                Fit::Suits | Fit::TooOld => None,
            },
        };
        if error.is_none_or(PullError::is_of_the_registry)
            && let Some(reason) = reach::pull(self.ecs, self.task, container)
        {
            return (timing::UNREACHABLE, Some(reason));
        }
        // ECR says no before it looks for the image.
        let may_not = |there| roles::pull_refusal(self.ecs, self.task, container, self.now, there);
        let refused = match error {
            None => may_not(true),
            Some(own) if own.is_of_the_registry() => may_not(false),
            Some(_) => None,
        };
        let limit = |limit: Limit| host.map(|host| host.limits.get(limit));
        let whole = || if cached { timing::PULL_CACHED } else { image::pull_time(size.unwrap_or_default()) };
        let span = match error {
            Some(PullError::Stalled) => limit(Limit::PullInactivity).unwrap_or(timing::RUNTIME_TIMEOUT),
            Some(_) => timing::PULL_FAILS,
            None if refused.is_some() => timing::PULL_FAILS,
            None => fault.map(|(span, _)| span).unwrap_or_else(whole),
        };
        let too_long = limit(Limit::Pull).filter(|limit| *limit < span);
        let reason =
            match (too_long, error) {
                (Some(limit), _) => Some(format!(
                    "DockerTimeoutError: Could not transition to pulled; timed out after waiting {}",
                    go_text(limit)
                )),
                (None, _) if refused.is_some() => refused,
                (None, Some(error)) => Some(error.reason(
                    &service::reference(self.ecs, self.task, container),
                    self.task.launch != LaunchType::Fargate,
                )),
                (None, None) => None,
            };
        let span = too_long.unwrap_or(span);
        match host {
            Some(host) if cached && host.pulls.uses_cache() => (SimDuration::ZERO, None),
            Some(host) if cached && reason.is_some() && host.pulls.falls_back() => {
                (if span > timing::PULL_FAILS { span } else { timing::PULL_CACHED }, None)
            }
            _ => (span, reason),
        }
    }

    /// When the health of a container changes next, and to what (HC-01, HC-02, HC-04). Probes come every `interval` after
    /// the start; they take no time.
    pub fn health_due(&self, run: &Run, container: &Container) -> Option<(SimTime, Health)> {
        let check = container.health.as_ref()?;
        let started = run.started.filter(|_| run.phase == Phase::Running)?;
        let passes = check.passes && !run.failing;
        let to = if passes { Health::Healthy } else { Health::Unhealthy };
        if run.health == to {
            return None;
        }
        let interval = i64::from(check.interval) * 1000;
        let grace = if passes || run.health == Health::Healthy { 0 } else { i64::from(check.start_period) * 1000 };
        let since = (run.turned - started).as_millis().max(grace);
        // The first probe that counts comes after that moment; at the end of the grace itself it counts.
        let first = if since > 0 && since == grace { (since + interval - 1) / interval } else { since / interval + 1 };
        let more = if passes { 0 } else { i64::from(check.retries) - 1 };
        Some((started + SimDuration::from_millis((first.max(1) + more) * interval), to))
    }
}

fn failed(run: &Run, reason: String) -> (Run, Option<Wish>) {
    let stopped = Run { reason: Some(reason.as_str().into()), ..run.stopped(None) };
    (stopped, Some(Wish::Fail(reason)))
}
