import EFDCore

/// HTTP client and server.
extension EFDError.Code {
    /// The listen address does not resolve on this machine.
    /// Action: Give an address of this machine, such as 127.0.0.1 or 0.0.0.0.
    static let httpAddressUnknown = Self("http.addressUnknown")

    /// The server cannot listen on its address.
    /// Action: Check the address, the permission to use the port, and the TLS files.
    static let httpCannotListen = Self("http.cannotListen")

    /// The connection broke during a request.
    /// Action: None: the program retries. If it persists, check the network and the server's log.
    static let httpConnectionLost = Self("http.connectionLost")

    /// The value of a request header contains a control character.
    /// Action: Check tokens and passwords for line breaks.
    static let httpHeaderRefused = Self("http.headerRefused")

    /// The answer of a server is not HTTP.
    /// Action: Check host and port: another service may listen there, or the server needs https.
    static let httpNotHTTP = Self("http.notHTTP")

    /// libcurl could not allocate memory.
    /// Action: Raise the memory limit of the process.
    static let httpOutOfMemory = Self("http.outOfMemory")

    /// Another program listens on the port.
    /// Action: Choose another port, or 0 for a free one.
    static let httpPortInUse = Self("http.portInUse")

    /// A response exceeds the size limit.
    /// Action: Check that the URL names the intended server.
    static let httpResponseTooLarge = Self("http.responseTooLarge")

    /// The program stops and aborts a request.
    /// Action: None.
    public static let httpStopped = Self("http.stopped")

    /// A server did not answer in time.
    /// Action: None: the program retries. If it persists, check the server's load and the network.
    static let httpTimedOut = Self("http.timedOut")

    /// The TLS handshake failed.
    /// Action: Check that the port speaks TLS, and the certificate, key and authority files.
    static let httpTlsRefused = Self("http.tlsRefused")

    /// No connection to the server.
    /// Action: Check that the server runs and that host and port are right.
    static let httpUnreachable = Self("http.unreachable")

    /// A text is not an http:// or https:// URL.
    /// Action: Correct the URL.
    static let httpUrlMalformed = Self("http.urlMalformed")
}
