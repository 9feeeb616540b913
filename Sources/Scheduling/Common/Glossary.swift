import Identities

/// The terms of this module, and what each of them means here and nowhere else.
///
/// The module holds two pure state machines, ``Coordinator`` and ``Worker``. Each is a value with one mutating method,
/// `handle(_:at:)`, that takes an **event** (a fact: somebody said something, a commit ended, a timer fired) and
/// returns **directives** (orders: send this, commit that). Neither knows sockets, files, clocks or chance: the instant
/// is a parameter, identities are made by the caller, and nothing here is random. The **shell** performs the directives
/// and decides nothing. After every event it asks `nextDeadline`, and calls with `timerFired` at that instant at the
/// latest.
///
/// | word | meaning |
/// |---|---|
/// | unit | the grain of result, retry and table; here only a 32-byte key, a pass and a predicted cost |
/// | pass | the units that one reading of one layer's tokens can train together |
/// | cost | predicted seconds of a unit on a worker of speed 1 |
/// | kind | units whose predictions are off by about the same factor, which is learned from those that finish |
/// | lease | units of one pass that one worker holds under one attempt number |
/// | attempt | the number of a lease: coordinator incarnation in the upper 32 bits, counter in the lower; only grows |
/// | incarnation | of the coordinator: its starts on its ledger, counted; of a worker: one process, one ``WorkerID`` |
/// | worker | a process that trains, identified by its incarnation, ``WorkerID``; it has a name, a host and a key too |
/// | address | the connection at which a worker can be reached for now; a reconnection has another |
/// | away | a worker whose connection was lost: it keeps its units for ``CoordinatorSettings/reconnectGrace`` |
/// | holder | whom a lease was issued to; only it, or a later process of its name and key, may report its results |
/// | hello | how a worker registers: its name, what it is able to do, and the leases it holds |
/// | adoption | a restarted coordinator takes over a lease that it does not know from the hello of its holder |
/// | settling | the short time after a start in which known workers may say hello before anything is leased |
/// | life | any traffic of a worker; one silent for ``CoordinatorSettings/silenceLimit`` is dead |
/// | running, waiting | a worker's first lease is in training, the second prefetched so that it never idles |
/// | report | a finished or failed unit, from a worker; kept in the worker's outbox until the receipt for it arrives |
/// | receipt | the coordinator's acknowledgement that a report is in the ledger or is not needed any more |
/// | copy | a speculative second lease of units that are in training elsewhere, on a worker that would otherwise idle |
/// | fence | the rule that one unit gets one row, whatever arrives late, twice or from a revoked lease |
/// | suspects | units in training when a worker died; bisected: leased again in smaller groups, apart from others |
/// | charge | a death that only this unit can have caused, because it was in training alone (a poison unit) |
/// | quarantine | a unit that was charged or has failed too often; it is not leased again until an operator says so |
/// | inputs | the layers, task, weights and kernel path that a unit needs; leased only to a worker that has said it can read them |
/// | witness | a machine and the key used there: as many must agree before a unit is quarantined, whatever workers are called |
/// | suspension | the workers of a host that fails what others finish get no leases, until one has shown that it is in order |
/// | probing | the one lease that a new process on a suspended host gets: finishing it ends the suspension |
/// | drain | asks a worker to end: it gives unstarted units back, and its end is charged to nobody |
package enum Glossary {}
