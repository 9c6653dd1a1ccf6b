import CMicrohttpd
import CMicrohttpdShim
import EFDCore
import Glibc
import Synchronization

/// An HTTP/1.1 server over libmicrohttpd: one polling thread by default, keep-alive, limits, optional TLS.
///
/// The handler runs on one of the server's threads: see `HTTPServerOptions.threads` for handlers that block.
public final class HTTPServer: Sendable {
    /// Shared by the callbacks. It outlives the daemon.
    final class Core: Sendable {
        let handler: HTTPHandler
        let bodyLimit: Int
        let log: Log
        let pem: PEM?
        let inProgress = Atomic<Int>(0)
        let isStopping = Atomic<Bool>(false)

        init(_ handler: @escaping HTTPHandler, _ options: HTTPServerOptions, _ log: Log) {
            self.handler = handler
            self.log = log
            bodyLimit = options.maximumBodyBytes
            pem = options.tls.map { PEM($0) }
        }
    }

    /// C copies of certificate and key: libmicrohttpd keeps the pointers.
    final class PEM: @unchecked Sendable {
        let certificate: UnsafeMutablePointer<CChar>
        let key: UnsafeMutablePointer<CChar>

        init(_ tls: HTTPServerOptions.TLS) { (certificate, key) = (strdup(tls.certificate), strdup(tls.key)) }

        deinit {
            free(certificate)
            free(key)
        }
    }

    private struct Daemon: @unchecked Sendable { let pointer: OpaquePointer }

    /// The address it listens on, with the port that the system chose for port 0.
    public let address: HostPort
    private let core: Core
    private let daemon: Locked<Daemon?>
    private let drainTimeout: Double

    /// Listens immediately. Throws `http.portInUse`, `http.addressUnknown`, `http.cannotListen`.
    public init(_ options: HTTPServerOptions, log: Log = .silent, handler: @escaping HTTPHandler) throws(EFDError) {
        core = Core(handler, options, log)
        drainTimeout = options.drainTimeout
        let pointer = try Self.start(options, core)
        daemon = Locked(Daemon(pointer: pointer))
        address = HostPort(host: options.address.host, port: mhd_port(pointer))
    }

    public convenience init(_ options: HTTPServerOptions, log: Log = .silent, router: HTTPRouter) throws(EFDError) {
        try self.init(options, log: log) { router.respond(to: $0) }
    }

    deinit { stop() }

    /// Accepts no new connection, completes requests in progress within the drain timeout, closes all. Idempotent.
    public func stop() {
        guard let daemon = daemon.withLock({ $0.take() })?.pointer else { return }
        core.isStopping.store(true, ordering: .releasing)
        let socket = MHD_quiesce_daemon(daemon)
        if socket >= 0 { close(socket) }
        let deadline = MonotonicClock.seconds() + drainTimeout
        while core.inProgress.load(ordering: .acquiring) > 0 && MonotonicClock.seconds() < deadline {
            MonotonicClock.sleep(seconds: 0.002)
        }
        MHD_stop_daemon(daemon)
    }

    private static func start(_ options: HTTPServerOptions, _ core: Core) throws(EFDError) -> OpaquePointer {
        let address = try ListenAddress(options.address)
        var flags = MHD_USE_ITC.rawValue | MHD_USE_ERROR_LOG.rawValue
        var connections = options.maximumConnections
        switch options.threads {
        case .polling(let count):
            flags |= MHD_USE_EPOLL_INTERNAL_THREAD.rawValue
            connections = max(connections, count)
        case .perConnection: flags |= MHD_USE_THREAD_PER_CONNECTION.rawValue | MHD_USE_POLL_INTERNAL_THREAD.rawValue
        }
        if address.isIPv6 { flags |= MHD_USE_IPv6.rawValue }
        if options.tls != nil { flags |= MHD_USE_TLS.rawValue }
        let context = Unmanaged.passUnretained(core).toOpaque()
        let socket = address.allocate()
        defer { socket.deallocate() }
        var items = [
            MHD_OptionItem(option: .EXTERNAL_LOGGER, value: unsafeBitCast(writeLog, to: Int.self), ptr_value: context),
            MHD_OptionItem(option: .UNESCAPE_CALLBACK, value: unsafeBitCast(keepEscaped, to: Int.self), ptr_value: nil),
            MHD_OptionItem(option: .SOCK_ADDR, value: 0, ptr_value: socket),
            MHD_OptionItem(option: .CONNECTION_LIMIT, value: connections, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_TIMEOUT, value: options.idleTimeout, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_MEMORY_LIMIT, value: options.maximumHeaderBytes, ptr_value: nil),
        ]
        if case .polling(let count) = options.threads, count > 1 {
            items.append(MHD_OptionItem(option: .THREAD_POOL_SIZE, value: count, ptr_value: nil))
        }
        if let pem = core.pem {
            items.append(MHD_OptionItem(option: .HTTPS_MEM_CERT, value: 0, ptr_value: pem.certificate))
            items.append(MHD_OptionItem(option: .HTTPS_MEM_KEY, value: 0, ptr_value: pem.key))
        }
        items.append(MHD_OptionItem(option: .END, value: 0, ptr_value: nil))
        errno = 0
        guard let daemon = mhd_start(flags, access, completed, context, items) else { throw refusal(options, errno) }
        return daemon
    }

    private static func refusal(_ options: HTTPServerOptions, _ code: Int32) -> EFDError {
        if code == EADDRINUSE {
            return EFDError(
                .httpPortInUse, "cannot listen on \(options.address): another program listens there",
                remedy: "Give another --http-listen HOST:PORT; port 0 takes a free one.")
        }
        let reason = code == 0 ? "libmicrohttpd refused the options" : String(cString: strerror(code))
        return EFDError(
            .httpCannotListen, "cannot listen on \(options.address): \(reason)",
            remedy: options.tls == nil
                ? "Check the address and the right to use the port."
                : "Check certificate and key (PEM), the address and the port.")
    }
}

private func queue(_ connection: OpaquePointer, _ answer: HTTPResponse, close: Bool) -> MHD_Result {
    let made = answer.body.withUnsafeBytes { bytes in
        MHD_create_response_from_buffer(
            bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let made else { return .NO }
    defer { MHD_destroy_response(made) }
    for (name, value) in answer.headers.entries { MHD_add_response_header(made, name, value) }
    if close { MHD_add_response_header(made, "Connection", "close") }
    return MHD_queue_response(connection, UInt32(answer.status), made)
}

private let access: MHD_AccessHandlerCallback = { context, connection, path, method, _, data, size, slot in
    let core = Unmanaged<HTTPServer.Core>.fromOpaque(context!).takeUnretainedValue()
    guard let known = slot!.pointee else {  // The first call: the header has arrived, the body has not.
        let exchange = HTTPExchange(
            connection!, method: String(cString: method!), path: String(cString: path!), bodyLimit: core.bodyLimit)
        slot!.pointee = Unmanaged.passRetained(exchange).toOpaque()
        core.inProgress.wrappingAdd(1, ordering: .relaxed)
        return exchange.isOverLimit ? queue(connection!, exchange.answer(core.handler), close: true) : .YES
    }
    let exchange = Unmanaged<HTTPExchange>.fromOpaque(known).takeUnretainedValue()
    if size!.pointee > 0 {
        exchange.append(UnsafeRawBufferPointer(start: data, count: size!.pointee))
        size!.pointee = 0
        return .YES
    }
    let answer = exchange.answer(core.handler)
    return queue(connection!, answer, close: exchange.isOverLimit || core.isStopping.load(ordering: .acquiring))
}

private let completed: MHD_RequestCompletedCallback = { context, _, slot, _ in
    guard let known = slot!.pointee else { return }
    Unmanaged<HTTPExchange>.fromOpaque(known).release()
    slot!.pointee = nil
    Unmanaged<HTTPServer.Core>.fromOpaque(context!).takeUnretainedValue().inProgress.wrappingSubtract(
        1, ordering: .releasing)
}

private let writeLog: MHD_LogCallback = { context, format, arguments in
    guard let format, let arguments else { return }
    let core = Unmanaged<HTTPServer.Core>.fromOpaque(context!).takeUnretainedValue()
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { room in
        mhd_format(room.baseAddress!, room.count, format, arguments)
        return String(cString: room.baseAddress!).trimmed
    }
    core.log.debug("http server", ["detail": .text(text)])
}

/// Keeps `%2F` in a path: a name with a slash must stay one segment.
private let keepEscaped:
    @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int = { _, _, text in
        strlen(text!)
    }
