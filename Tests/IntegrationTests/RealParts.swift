import Testing

/// Tests of running programs, one after the other: they share two cores with the servers they talk to.
@Suite(.serialized) enum RealParts {}
