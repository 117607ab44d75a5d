// SPDX-License-Identifier: GPL-2.0-only
// The server's side of the tests' FUSE server: one request at a time, from fuse(4).
#include "vmtest/tests/fuse_server.h"

#include "vmtest/tests/dax.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <linux/fuse.h>
#include <span>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace famfs::vmtest {
namespace {

constexpr std::size_t buffer_size = 1 << 17;

class Request {
public:
    Request(int fuse, ServerState &state, std::span<const char> bytes)
        : fuse_(fuse), state_(state), header_(*reinterpret_cast<const fuse_in_header *>(bytes.data())),
          payload_(bytes.subspan(sizeof(fuse_in_header))) {}

    void answer();

private:
    template <class T>
    [[nodiscard]] const T &payload() const {
        return *reinterpret_cast<const T *>(payload_.data());
    }
    template <class T>
    void reply(const T &out) {
        send(0, &out, sizeof(out));
    }
    void error(int code) { send(-code, nullptr, 0); }
    void send(int code, const void *out, std::size_t size);

    void init();
    void lookup();
    void getattr();
    void setattr();
    void open();
    void fallocate();
    [[nodiscard]] int resize(std::uint64_t size);
    [[nodiscard]] bool exists(std::uint64_t nodeid) const;
    void fill(std::uint64_t nodeid, fuse_attr &attr) const;

    int fuse_;
    ServerState &state_;
    const fuse_in_header &header_;
    std::span<const char> payload_;
};

void Request::send(int code, const void *out, std::size_t size) {
    fuse_out_header header = {};
    header.len = static_cast<std::uint32_t>(sizeof(header) + size);
    header.error = code;
    header.unique = header_.unique;
    iovec parts[] = {{&header, sizeof(header)}, {const_cast<void *>(out), size}};
    // An interrupted request is no longer there to be answered (ENOENT); a dead connection ends the loop at
    // the next read.
    (void)!::writev(fuse_, parts, 2);
}

bool Request::exists(std::uint64_t nodeid) const {
    return nodeid >= first_file && nodeid < file_limit && state_.files[nodeid].present;
}

void Request::fill(std::uint64_t nodeid, fuse_attr &attr) const {
    attr.ino = nodeid;
    attr.nlink = 1;
    attr.blksize = 4096;
    if (nodeid == FUSE_ROOT_ID) {
        attr.mode = S_IFDIR | 0755;
        attr.nlink = 2;
        return;
    }
    const FileAttributes &file = state_.files[nodeid];
    attr.mode = S_IFREG | file.mode;
    attr.size = file.size;
    attr.flags = file.flags;
    attr.mtime = file.mtime;
    attr.blocks = attr.size / 512;
}

void Request::init() {
    fuse_init_out out = {};
    out.major = FUSE_KERNEL_VERSION;
    out.minor = FUSE_KERNEL_MINOR_VERSION;
    out.flags = state_.init_flags;
    out.max_background = 12;
    out.congestion_threshold = 9;
    out.max_write = buffer_size / 2;
    out.time_gran = 1;
    reply(out);
}

void Request::lookup() {
    const std::string name(payload_.data());
    const std::uint64_t nodeid = name.starts_with('f') ? std::strtoull(name.c_str() + 1, nullptr, 10) : 0;
    if (header_.nodeid != FUSE_ROOT_ID || !exists(nodeid)) {
        error(ENOENT);
        return;
    }
    fuse_entry_out out = {};
    out.nodeid = nodeid;
    out.entry_valid = state_.valid_seconds;
    out.attr_valid = state_.valid_seconds;
    fill(nodeid, out.attr);
    reply(out);
}

void Request::getattr() {
    fuse_attr_out out = {};
    out.attr_valid = state_.valid_seconds;
    fill(header_.nodeid, out.attr);
    reply(out);
}

/// What is new reads as zeros. 0 or an errno.
int Request::resize(std::uint64_t size) {
    FileAttributes &file = state_.files[header_.nodeid];
    const std::uint64_t old = file.size;
    if (size > old && file.device != 0) {
        const int failed = store(fuse_, {.dev = file.device,
                                         .flags = FUSE_IOMAP_WRITE_ZERO,
                                         .offset = file.address + old,
                                         .length = size - old,
                                         .buffer = 0});
        if (failed != 0)
            return failed;
    }
    file.size = size;
    return 0;
}

void Request::setattr() {
    const auto &in = payload<fuse_setattr_in>();
    int failed = 0;
    if ((in.valid & FATTR_SIZE) != 0)
        failed = state_.space.truncate_error != 0 ? state_.space.truncate_error.load() : resize(in.size);
    if ((in.valid & FATTR_MODE) != 0)
        state_.files[header_.nodeid].mode = in.mode & 07777;
    if (failed != 0)
        return error(failed);
    getattr();
}

void Request::fallocate() {
    const auto &in = payload<fuse_fallocate_in>();
    SpacePolicy &space = state_.space;
    space.offset = in.offset;
    space.length = in.length;
    space.mode = in.mode;
    while (space.hold)
        ::usleep(100);
    int failed = space.fallocate_error;
    const std::uint64_t end = in.offset + in.length;
    if (failed == 0 && in.mode == 0 && end > state_.files[header_.nodeid].size)
        failed = resize(end);
    error(failed);
}

void Request::open() {
    fuse_open_out out = {};
    out.open_flags = state_.files[header_.nodeid].open_flags;
    reply(out);
}

void Request::answer() {
    if (header_.opcode < state_.requests.size())
        ++state_.requests[header_.opcode];
    switch (header_.opcode) {
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        return;
    case FUSE_INIT:
        return init();
    case FUSE_LOOKUP:
        return lookup();
    case FUSE_GETATTR:
        return getattr();
    case FUSE_SETATTR:
        return setattr();
    case FUSE_OPEN:
        return open();
    case FUSE_FALLOCATE:
        return fallocate();
    case FUSE_SYNCFS:
        return error(state_.syncfs_error);
    case FUSE_STATFS:
        return reply(fuse_statfs_out{});
    case FUSE_RELEASE:
    case FUSE_FLUSH:
    case FUSE_FSYNC:
    case FUSE_DESTROY:
        return error(0);
    case FUSE_READ:
    case FUSE_WRITE:
        // The data of no file of ours is to be had from the server. The tests count these.
        return error(EIO);
    default:
        return error(ENOSYS);
    }
}

} // namespace

void serve(int fuse, ServerState &state) {
    std::vector<char> buffer(buffer_size);
    for (;;) {
        const ssize_t size = ::read(fuse, buffer.data(), buffer.size());
        if (size > 0)
            Request(fuse, state, std::span<const char>(buffer).first(static_cast<std::size_t>(size)))
                .answer();
        else if (errno != EINTR && errno != ENOENT && errno != EAGAIN)
            return;
    }
}

} // namespace famfs::vmtest
