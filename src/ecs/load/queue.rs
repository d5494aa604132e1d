//! The queue before one task, which is the lab's model of an overloaded application: requests are done one after another
//! as fast as the CPU that the task gets allows; what cannot be done at once waits, and who has waited for a minute goes.
//! Pure.

/// How long a client waits, in seconds: the idle timeout of an Application Load Balancer by default.
pub const PATIENCE: f64 = 60.0;
/// CPU units of one vCPU.
pub const VCPU: f64 = 1024.0;
/// Seconds from one sample to the next.
pub const WINDOW: f64 = 20.0;

/// What became of the requests of one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Done {
    /// Answered.
    pub completed: f64,
    /// Given up by those who waited.
    pub abandoned: f64,
    /// Work that waits, in milliseconds of one vCPU.
    pub backlog: f64,
    /// Seconds until a request that comes now is begun.
    pub wait: f64,
    /// Seconds from a request to its answer.
    pub response: f64,
    /// Requests that are open.
    pub open: f64,
}

/// CPU units that would do all that waits and comes within the window.
pub fn wanted(backlog: f64, arrivals: f64, work: f64) -> f64 {
    (backlog + arrivals * work) / (WINDOW * 1000.0) * VCPU
}

/// The window of a task that gets `units` for its requests. `fastest` are the CPU units that one request could use.
pub fn window(backlog: f64, arrivals: f64, work: f64, units: f64, fastest: f64) -> Done {
    let pending = backlog + arrivals * work;
    let per_second = units / VCPU * 1000.0;
    let done = lesser(pending, per_second * WINDOW);
    // Rounding leaves a hair where all was done.
    let left = if pending - done < 1e-6 { 0.0 } else { pending - done };
    let kept = lesser(left, per_second * PATIENCE);
    let wait = match kept > 0.0 {
        true => kept / per_second,
        false if left > 0.0 => PATIENCE,
        false => 0.0,
    };
    let service = work / 1000.0 * VCPU / lesser(VCPU, if fastest > 1.0 { fastest } else { 1.0 });
    let completed = done / work;
    Done {
        completed,
        abandoned: (left - kept) / work,
        backlog: kept,
        wait,
        response: wait + service,
        open: completed / WINDOW * service + kept / work,
    }
}

fn lesser(left: f64, right: f64) -> f64 {
    if left < right { left } else { right }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests of 100 ms, 200 a window unless said otherwise, before a task of one vCPU.
    #[test]
    fn what_is_too_much_waits_and_goes_after_a_minute() {
        for (backlog, arrivals, units, completed, abandoned, wait) in [
            (0.0, 100.0, 512.0, 100.0, 0.0, 0.0),
            (0.0, 200.0, 1024.0, 200.0, 0.0, 0.0),
            (0.0, 220.0, 1024.0, 200.0, 0.0, 2.0),
            (2_000.0, 220.0, 1024.0, 200.0, 0.0, 4.0),
            (59_000.0, 220.0, 1024.0, 200.0, 10.0, 60.0),
            (4_000.0, 100.0, 1024.0, 140.0, 0.0, 0.0),
            (0.0, 100.0, 0.0, 0.0, 100.0, 60.0),
        ] {
            let got = window(backlog, arrivals, 100.0, units, 1024.0);
            let near = |left: f64, right: f64| (left - right).abs() < 1e-6;
            let same = near(got.completed, completed) && near(got.abandoned, abandoned) && near(got.wait, wait);
            assert!(same, "{backlog} {arrivals} {units}: {got:?}");
        }
        assert_eq!(wanted(0.0, 200.0, 100.0), 1024.0);
        let slow = window(0.0, 10.0, 100.0, 256.0, 256.0);
        assert_eq!(slow.response, 0.4, "a quarter of a vCPU takes four times as long");
        assert_eq!(window(0.0, 100.0, 100.0, 512.0, 1024.0).open, 0.5, "Little's law");
    }
}
