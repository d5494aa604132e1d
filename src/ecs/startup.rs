//! What the programs of well-known images write when they start: a few lines in the form of each, so that a log has
//! something to show. Which lines, and that there are few, is the lab's choice.

use crate::sim::SimTime;
use crate::sim::moment::shown;
use alloc::string::String;
use alloc::vec::Vec;

/// A program and a line of it, in a form of `strftime`.
const LINES: &str = include_str!("startup.txt");

/// Images whose own command is a program of the list, by the last part of their names.
const IMAGES: [(&str, &str); 12] = [
    ("amazon-ecs-sample", "httpd-foreground"),
    ("aws-for-fluent-bit", "fluent-bit"),
    ("fluent-bit", "fluent-bit"),
    ("hello-world", "hello"),
    ("httpd", "httpd-foreground"),
    ("iis", "ServiceMonitor"),
    ("mongo", "mongod"),
    ("mysql", "mysqld"),
    ("nginx", "nginx"),
    ("postgres", "postgres"),
    ("redis", "redis-server"),
    ("valkey", "redis-server"),
];

/// The program that an image runs by itself; empty for one that the lab does not know.
pub fn program_of(image: &str) -> &'static str {
    let name = name_of(image);
    IMAGES.iter().find(|(own, _)| *own == name).map_or("", |(_, program)| program)
}

/// The heading of the page that an image serves at its root until somebody puts another one there; none for one that the
/// lab does not know.
pub fn welcome(image: &str) -> Option<&'static str> {
    Some(match name_of(image) {
        "amazon-ecs-sample" => "Amazon ECS Sample App",
        "httpd" => "It works!",
        "nginx" => "Welcome to nginx!",
        _ => return None,
    })
}

/// The folder that a container of an image begins in unless its definition names another one.
pub fn folder(image: &str) -> &'static str {
    match name_of(image) {
        "golang" => "/go",
        "httpd" => "/usr/local/apache2",
        "php" | "wordpress" => "/var/www/html",
        "redis" => "/data",
        "tomcat" => "/usr/local/tomcat",
        _ => "/",
    }
}

fn name_of(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or_default();
    last.split([':', '@']).next().unwrap_or_default()
}

/// Whether it is one of the list.
pub fn speaks(program: &str) -> bool {
    LINES.lines().any(|line| line.split('\t').next() == Some(program))
}

/// What a program writes when it starts at a moment.
pub fn lines(program: &str, at: SimTime) -> Vec<String> {
    let own = LINES.lines().filter_map(|line| line.split_once('\t')).filter(|(name, _)| *name == program);
    own.map(|(_, line)| shown(at, line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_speaks_in_its_own_form() {
        let at = SimTime::parse("2026-01-05T09:00:07Z").unwrap();
        for (image, first, count) in [
            ("nginx", "/docker-entrypoint.sh: Configuration complete; ready for start up", 3),
            (
                "public.ecr.aws/docker/library/redis:8",
                "1:C 05 Jan 2026 09:00:07.000 * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
                3,
            ),
            ("docker.io/library/postgres@sha256:00", "PostgreSQL init process complete; ready for start up.", 3),
            ("hello-world", "", 4),
        ] {
            let lines = lines(program_of(image), at);
            assert_eq!((lines[0].as_str(), lines.len()), (first, count), "{image}");
        }
        assert_eq!(
            lines("httpd-foreground", at)[1],
            "[Mon Jan 05 09:00:07.000000 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4 (Unix) configured -- resuming normal operations"
        );
        assert!(lines(program_of("team/api"), at).is_empty());
        let known: Vec<&str> = LINES.lines().filter_map(|line| line.split_once('\t')).map(|(name, _)| name).collect();
        assert!(IMAGES.iter().all(|(_, program)| known.contains(program)), "every image has its lines");
    }
}
