// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/fuse/connection.h"

#include "base/mutex.h"
#include "base/try.h"
#include "daemon/fuse/handler_slot.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/fuse.h>
#include <list>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <vector>

namespace famfs::fuse {

namespace {

constexpr std::size_t most_threads = 64;

void raise_event(const base::Fd &event) {
    const std::uint64_t one = 1;
    // Cannot fail but by overflow, which leaves it raised.
    [[maybe_unused]] const ssize_t written = ::write(event.get(), &one, sizeof(one));
}

bool raised(const base::Fd &event) {
    pollfd poll_event{.fd = event.get(), .events = POLLIN, .revents = 0};
    return ::poll(&poll_event, 1, 0) > 0;
}

/// libfuse takes "-o a,b"; a comma or backslash inside a value is escaped.
std::string escape_option(const std::string &value) {
    std::string escaped;
    for (const char letter : value) {
        if (letter == ',' || letter == '\\')
            escaped += '\\';
        escaped += letter;
    }
    return escaped;
}

std::string helper_options(const MountOptions &options) {
    std::string text =
        "default_permissions,nosuid,nodev,subtype=famfs,fsname=" + escape_option(options.source);
    if (options.allow_other)
        text += ",allow_other";
    if (options.read_only)
        text += ",ro";
    return text;
}

} // namespace

/// Requests may wait for each other, or take long, so one more thread is made whenever the last one that
/// waits for a request has got one; those beyond the usual number end when they have nothing to do.
struct Connection::Parts {
    struct Worker {
        std::thread thread;
        std::atomic<bool> done = false;
    };

    HandlerSlot handler;
    fuse_session *session = nullptr;
    base::Fd stop;
    base::Fd ended;
    unsigned usual = 0; ///< threads
    std::atomic<unsigned> idle = 0;
    base::Mutex mutex;
    bool stopping FAMFS_GUARDED_BY(mutex) = false;
    std::list<Worker> workers FAMFS_GUARDED_BY(mutex);

    explicit Parts(Handler &first) : handler(&first) {}
    Parts(const Parts &) = delete;
    Parts &operator=(const Parts &) = delete;
    ~Parts();

    base::Expected<void> create(std::vector<std::string> arguments);
    void start(unsigned count);
    void add_worker();
    void stop_threads();
    void work(Worker &self);
    void answer(fuse_buf &buffer);
    bool answered_without_libfuse(const fuse_buf &buffer);
    bool one_too_many();
    bool wait_for_request();
};

Connection::Parts::~Parts() {
    stop_threads();
    if (session != nullptr)
        fuse_session_destroy(session); // closes /dev/fuse, which aborts what is still waiting
}

base::Expected<void> Connection::Parts::create(std::vector<std::string> arguments) {
    stop = base::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    ended = base::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!stop || !ended)
        return base::fail_errno("create", "an eventfd");
    std::vector<char *> words;
    words.reserve(arguments.size());
    for (std::string &argument : arguments)
        words.push_back(argument.data());
    fuse_args libfuse_arguments = FUSE_ARGS_INIT(static_cast<int>(words.size()), words.data());
    session = fuse_session_new(&libfuse_arguments, &operations(), sizeof(operations()), &handler);
    fuse_opt_free_args(&libfuse_arguments);
    if (session == nullptr)
        return base::fail(EINVAL, "create", "a libfuse session");
    return {};
}

void Connection::Parts::start(unsigned count) {
    usual = count;
    for (unsigned i = 0; i < count; i++)
        add_worker();
}

void Connection::Parts::add_worker() {
    const base::Lock lock(mutex);
    std::erase_if(workers, [](Worker &worker) {
        if (worker.done)
            worker.thread.join();
        return worker.done.load();
    });
    if (stopping || workers.size() >= most_threads)
        return;
    idle++;
    Worker &worker = workers.emplace_back();
    worker.thread = std::thread([this, &worker] { work(worker); });
}

void Connection::Parts::stop_threads() {
    std::list<Worker> last;
    {
        const base::Lock lock(mutex);
        stopping = true;
        last.swap(workers);
    }
    if (stop)
        raise_event(stop);
    for (Worker &worker : last)
        worker.thread.join();
}

/// False: stop.
bool Connection::Parts::wait_for_request() {
    std::array<pollfd, 2> events{{{.fd = fuse_session_fd(session), .events = POLLIN, .revents = 0},
                                  {.fd = stop.get(), .events = POLLIN, .revents = 0}}};
    ::poll(events.data(), events.size(), -1);
    return events[1].revents == 0;
}

/// True for one caller for each idle thread beyond the usual number: it does not count as idle any more.
bool Connection::Parts::one_too_many() {
    unsigned now = idle;
    while (now > usual)
        if (idle.compare_exchange_weak(now, now - 1))
            return true;
    return false;
}

/// libfuse 3.14 has no callback for FUSE_SYNCFS and says ENOSYS to it.
bool Connection::Parts::answered_without_libfuse(const fuse_buf &buffer) {
    fuse_in_header header{};
    if ((buffer.flags & FUSE_BUF_IS_FD) != 0 || buffer.size < sizeof(header))
        return false;
    std::memcpy(&header, buffer.mem, sizeof(header));
    if (header.opcode != FUSE_SYNCFS)
        return false;
    const fuse_out_header reply{.len = sizeof(reply),
                                .error = -handler.load(std::memory_order_acquire)->synchronize_file_system(),
                                .unique = header.unique};
    // A caller that was killed meanwhile waits for no answer (ENOENT), and a connection that ended ends the
    // loop at its next read.
    static_cast<void>(!::write(fuse_session_fd(session), &reply, sizeof(reply)));
    return true;
}

void Connection::Parts::answer(fuse_buf &buffer) {
    if (idle.fetch_sub(1) == 1)
        add_worker();
    if (!answered_without_libfuse(buffer))
        fuse_session_process_buf(session, &buffer);
    idle++;
}

// Reading first and waiting only when there is nothing keeps it at one system call a request under load.
void Connection::Parts::work(Worker &self) {
    fuse_buf buffer{};
    bool running = true;
    while (running && fuse_session_exited(session) == 0) {
        const int length = fuse_session_receive_buf(session, &buffer);
        if (length > 0)
            answer(buffer);
        else if (length == -EAGAIN)
            running = !one_too_many() && wait_for_request();
        else if (length != -EINTR)
            fuse_session_exit(session);
    }
    if (fuse_session_exited(session) != 0)
        raise_event(ended);
    std::free(buffer.mem);
    self.done = true;
}

Connection::Connection(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Connection::Connection(Connection &&) noexcept = default;
Connection &Connection::operator=(Connection &&) noexcept = default;
Connection::~Connection() = default;

base::Expected<Connection> Connection::serve(base::Fd fuse_fd, Handler &handler, unsigned threads) {
    auto parts = std::make_unique<Parts>(handler);
    FAMFS_TRY(parts->create({"famfs-bpfd"}));
    const std::string name = "/dev/fd/" + std::to_string(fuse_fd.get());
    if (fuse_session_mount(parts->session, name.c_str()) != 0)
        return base::fail(EIO, "hand to libfuse", name);
    static_cast<void>(fuse_fd.release()); // the session closes it
    parts->start(threads);
    return Connection(std::move(parts));
}

base::Expected<Connection> Connection::mount_with_helper(const std::string &mountpoint,
                                                         const MountOptions &options, Handler &handler,
                                                         unsigned threads) {
    auto parts = std::make_unique<Parts>(handler);
    FAMFS_TRY(parts->create({"famfs-bpfd", "-o", helper_options(options)}));
    if (fuse_session_mount(parts->session, mountpoint.c_str()) != 0)
        return base::fail(
            EPERM, "mount with fusermount3 on", mountpoint,
            "its message is above; is the package fuse3 installed, and do you own the directory?");
    const int fd = fuse_session_fd(parts->session);
    if (::fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) != 0) {
        auto error = base::fail_errno("set non-blocking", "/dev/fuse");
        fuse_session_unmount(parts->session);
        return error;
    }
    parts->start(threads);
    return Connection(std::move(parts));
}

void Connection::hand_over(Handler &next) {
    parts_->handler.store(&next, std::memory_order_release);
}

int Connection::fuse_fd() const {
    return fuse_session_fd(parts_->session);
}

int Connection::ended_fd() const {
    return parts_->ended.get();
}

bool Connection::ended() const {
    return raised(parts_->ended);
}

void Connection::stop_answering() {
    parts_->stop_threads();
}

// libfuse closes the descriptor first, so nobody may be reading from it any more.
void Connection::unmount_with_helper() {
    parts_->stop_threads();
    fuse_session_unmount(parts_->session);
}

} // namespace famfs::fuse
