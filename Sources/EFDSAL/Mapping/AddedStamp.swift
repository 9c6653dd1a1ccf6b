/// The two timestamps that the EFD adds before the fields of IDL.
public enum AddedStamp: String, Sendable, CaseIterable {
    /// UTC seconds since 1970: `private_sndStamp` minus the whole seconds between TAI and UTC.
    case efdStamp = "private_efdStamp"
    /// TAI seconds since 1970 at which the Kafka record was created.
    case kafkaStamp = "private_kafkaStamp"

    public var units: String { "second" }

    public var description: String {
        switch self {
        case .efdStamp:
            "UTC time of the record in seconds since 1970: private_sndStamp less TAI - UTC, a whole number of seconds."
        case .kafkaStamp: "TAI time at which the record was given to Kafka, in seconds since 1970."
        }
    }
}
