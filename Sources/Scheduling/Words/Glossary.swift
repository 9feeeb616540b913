import Identities

/// The words of this room, and what each of them means here and nowhere else.
///
/// The room holds two pure state machines, ``Coordinator`` and ``Worker``. Each is a value with one mutating door,
/// `handle(_:at:)`, that takes an **event** (a fact: somebody said something, a commit ended, time has come) and
/// returns **directives** (orders: send this, commit that). Neither knows sockets, files, clocks or chance: the instant
/// is a parameter, identities are made by whoever opens the door, and nothing here is random. The **shell** is whoever
/// performs the directives; it decides nothing. After every event it asks `nextDeadline`, and comes back with
/// `timerFired` at that instant at the latest.
///
/// | word | meaning |
/// |---|---|
/// | unit | the grain of result, retry and table; here nothing but a 32-byte key, a pass and a predicted cost |
/// | pass | the units that one reading of one layer's tokens can train together |
/// | cost | predicted seconds of a unit on a worker of speed 1 |
/// | kind | units whose predictions are off by about the same factor, which is learned from those that finish |
/// | lease | units of one pass that one worker holds under one attempt number |
/// | attempt | the number of a lease: coordinator incarnation in the upper 32 bits, counter in the lower; only grows |
/// | incarnation | of the coordinator: its starts on its ledger, counted; of a worker: one process, one ``WorkerID`` |
/// | worker | a process that trains; its identity is its incarnation, ``WorkerID``, beside which it has a name, a host and a key |
/// | address | the connection at which a worker can be reached for now; a reconnection has another |
/// | away | a worker whose connection was lost: it keeps its units for ``CoordinatorSettings/reconnectGrace`` |
/// | holder | whom a lease was issued to; nobody else, but a later process of its name and key, may hand in its results |
/// | hello | how a worker registers: its name, what it is able to do, and the leases it holds |
/// | adoption | a coordinator that knows nothing of a lease takes it over from the hello of the worker that holds it |
/// | settling | the short time after a start in which known workers may say hello before anything is leased |
/// | life | any traffic of a worker; one without life for ``CoordinatorSettings/silenceLimit`` is dead |
/// | running, waiting | a worker's first lease is in training, the second fetched ahead so that it never idles |
/// | report | a finished or failed unit, from a worker; kept in the worker's outbox until the receipt for it arrives |
/// | receipt | the coordinator's word that a report is in the ledger or is not needed any more |
/// | copy | a second lease of units that are in training elsewhere, on a worker that would otherwise idle |
/// | fence | the rule that one unit gets one row, whatever arrives late, twice or from a lease long given up |
/// | suspects | units that were in training when a worker died; leased again in smaller groups, apart from others |
/// | charge | a death that can be nobody's fault but this unit's, because it was in training alone |
/// | quarantine | a unit that was charged or has failed too often; it is not leased again until an operator says so |
/// | suspension | a worker that fails units at a rate far from its peers' gets no leases until an operator says so |
/// | drain | a worker that shall end: it gives unstarted units back, and nothing of it is charged to anyone |
public enum Glossary {}
