//! What stands between a service and its steady state, in words.

use ecs_lab::ecs::service::Obstacle;
use ecs_lab::event::HexId;

/// In a few words, for a table.
pub fn short(obstacle: &Obstacle) -> &'static str {
    match obstacle {
        Obstacle::NoPlace { .. } => "finds no place",
        Obstacle::NoRole(_) => "lacks a role",
        Obstacle::Bounds(_) => "stuck between its bounds",
        Obstacle::Protected(_) => "waits for protected tasks",
        Obstacle::Throttled(_) => "puts starts off",
        Obstacle::Failed { .. } => "its deployment failed",
        Obstacle::Failing(_) => "its tasks fail",
        Obstacle::Starting(_) => "tasks start",
        Obstacle::NotHealthyYet { .. } => "tasks become healthy",
        Obstacle::Unhealthy(_) => "tasks are unhealthy",
        Obstacle::Targets { .. } => "targets are not healthy",
        Obstacle::Overloaded { .. } => "too many requests",
        Obstacle::Older(_) => "older tasks go",
        Obstacle::Stopping(_) => "tasks stop",
        Obstacle::Paused { .. } => "its deployment is paused",
        Obstacle::Stage { name, .. } => name,
    }
}

/// What the tag of an image was resolved to for a deployment, `now` what it stands for by now, and whether the image is there
/// still.
pub fn image(named: &str, fixed: &str, now: Option<&str>, is_there: bool) -> String {
    let short = |digest: &str| digest.get(..19).unwrap_or(digest).to_owned();
    let all = format!("every task of this deployment pulls {}", short(fixed));
    match now {
        _ if !is_there => format!(
            "{all}, which the repository no longer holds: none can start any more. Force a new deployment to resolve {named} anew."
        ),
        Some(now) if now == fixed => format!("{all}, for which {named} stands."),
        Some(now) => {
            format!("{all}. The tag {named} has moved to {} since: force a new deployment to take it.", short(now))
        }
        None => format!("{all}. The tag {named} is gone: a new deployment would not find it."),
    }
}

/// In a sentence, with what to do about it where that is not plain.
pub fn sentence(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NoPlace { message, .. } => format!("A task finds no place: {message}"),
        Obstacle::NoRole(message) => format!("ECS lacks a role or a permission, see Roles: {message}"),
        Obstacle::Bounds(bounds) => format!(
            "It may neither start nor stop a task: at least {} must stay healthy and at most {} may run. Raise maximumPercent or lower minimumHealthyPercent.",
            bounds.lower, bounds.upper
        ),
        Obstacle::Protected(ids) => format!("{} should go and {} protected: {}.", tasks(ids), are(ids), list(ids)),
        Obstacle::Throttled(until) => {
            format!("Starts fail again and again, so that the next one waits until {}.", until.clock())
        }
        Obstacle::Failed { reason, tasks } => {
            format!("The newest deployment failed after {tasks} failed tasks and starts nothing more: {reason}")
        }
        Obstacle::Failing(count) => {
            format!(
                "{count} in a row ended before they were healthy, and it goes on trying. A circuit breaker would stop it."
            )
        }
        Obstacle::Starting(ids) => format!("{} {} on the way to RUNNING: {}.", tasks(ids), are(ids), list(ids)),
        Obstacle::NotHealthyYet { tasks: ids, until } => {
            let until = until.map_or(String::new(), |until| format!(" until {}", until.clock()));
            format!("{} {} RUNNING and not healthy yet{until}: {}.", tasks(ids), are(ids), list(ids))
        }
        Obstacle::Unhealthy(ids) => {
            format!(
                "{} {} the health checks: {}.",
                tasks(ids),
                if ids.len() == 1 { "fails" } else { "fail" },
                list(ids)
            )
        }
        Obstacle::Targets { group, code, description, tasks: ids } => {
            format!("Target group {group} says of {}: {description} ({code}): {}.", tasks(ids), list(ids))
        }
        Obstacle::Overloaded { tasks: ids, wait } => format!(
            "More requests come to {} than the CPU can do, so that a request waits for up to {wait} s: {}.",
            tasks(ids),
            list(ids)
        ),
        Obstacle::Older(ids) => format!("{} of older revisions {} still there: {}.", tasks(ids), are(ids), list(ids)),
        Obstacle::Stopping(ids) => format!("{} {} to stop and not over: {}.", tasks(ids), are(ids), list(ids)),
        Obstacle::Paused { name, hook, until } => format!(
            "Its deployment is paused in the stage {name} until {} at the latest. Let it go on or back: aws ecs continue-service-deployment --service-deployment-arn <its ARN> --hook-id {hook} --action CONTINUE",
            until.clock()
        ),
        Obstacle::Stage { name, until } => {
            let until = until.map_or(String::new(), |until| format!(" until {} at the latest", until.clock()));
            format!("Its deployment is in the stage {name}{until}.")
        }
    }
}

fn tasks(ids: &[HexId]) -> String {
    format!("{} task{}", ids.len(), if ids.len() == 1 { "" } else { "s" })
}

fn are(ids: &[HexId]) -> &'static str {
    if ids.len() == 1 { "is" } else { "are" }
}

/// The first few ids, as the fleet shows them.
fn list(ids: &[HexId]) -> String {
    let some: Vec<String> = ids.iter().take(5).map(|id| id.to_string().chars().take(8).collect()).collect();
    let more = if ids.len() > 5 { " and more" } else { "" };
    format!("{}{more}", some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rl_13_what_became_of_a_tag_reads_well() {
        let (fixed, other) = ("sha256:1111111111111111", "sha256:2222222222222222");
        for (now, is_there, expected) in [
            (Some(fixed), true, "every task of this deployment pulls sha256:111111111111, for which app:1 stands."),
            (
                Some(other),
                true,
                "every task of this deployment pulls sha256:111111111111. The tag app:1 has moved to sha256:222222222222 since: \
                 force a new deployment to take it.",
            ),
            (
                None,
                true,
                "every task of this deployment pulls sha256:111111111111. The tag app:1 is gone: a new deployment would not \
                 find it.",
            ),
            (
                Some(other),
                false,
                "every task of this deployment pulls sha256:111111111111, which the repository no longer holds: none can start \
                 any more. Force a new deployment to resolve app:1 anew.",
            ),
        ] {
            assert_eq!(image("app:1", fixed, now, is_there), expected);
        }
    }

    #[test]
    fn one_and_many_tasks_read_well() {
        let id = HexId::new(0xabcd_ef01_0000_0000_0000_0000_0000_0000);
        for (obstacle, expected) in [
            (Obstacle::Starting(vec![id]), "1 task is on the way to RUNNING: abcdef01."),
            (Obstacle::Unhealthy(vec![id; 2]), "2 tasks fail the health checks: abcdef01, abcdef01."),
            (
                Obstacle::Stopping(vec![id; 6]),
                "6 tasks are to stop and not over: abcdef01, abcdef01, abcdef01, abcdef01, abcdef01 and more.",
            ),
        ] {
            assert_eq!(sentence(&obstacle), expected);
            assert!(!short(&obstacle).is_empty());
        }
    }
}
