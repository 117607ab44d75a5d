// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/fuse_server.h"

#include "bpf/hook.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <linux/fuse.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint32_t an_hour = 3600;

ServerState *shared_state() {
    void *memory =
        ::mmap(nullptr, sizeof(ServerState), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : new (memory) ServerState{};
}

/// Where the kernel shows connections. Not every guest mounts it.
void show_connections() {
    const char *folder = "/sys/fs/fuse/connections";
    const bool mounted = ::mount("fusectl", folder, "fusectl", 0, nullptr) == 0 || errno == EBUSY;
    EXPECT_TRUE(mounted) << folder << ": " << std::strerror(errno);
}

} // namespace

FuseServer::FuseServer(std::uint32_t init_flags)
    : state_(shared_state()), fuse_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
    show_connections();
    EXPECT_NE(state_, nullptr);
    EXPECT_TRUE(fuse_) << "open /dev/fuse: " << std::strerror(errno);
    state_->valid_seconds = an_hour;
    state_->space.fallocate_error = ENOSYS;
    state_->init_flags = init_flags;

    char name[] = "/tmp/hook-XXXXXX";
    folder_ = ::mkdtemp(name);
    const std::string options =
        "fd=" + std::to_string(fuse_.get()) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
    mounted_ = ::mount("hook-tests", folder_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
    EXPECT_TRUE(mounted_) << "mount: " << std::strerror(errno);
    start();
}

FuseServer::~FuseServer() {
    unmount();
    ::rmdir(folder_.c_str());
    ::munmap(state_, sizeof(*state_));
}

void FuseServer::start() {
    server_ = ::fork();
    ASSERT_GE(server_, 0) << std::strerror(errno);
    if (server_ == 0) {
        serve(fuse_.get(), *state_);
        ::_exit(0);
    }
}

std::string FuseServer::path(std::uint64_t nodeid) const {
    return folder_ + "/f" + std::to_string(nodeid);
}

std::string FuseServer::file(std::uint64_t nodeid, std::uint64_t size, std::uint32_t flags) {
    FileAttributes &attributes = state_->files.at(nodeid);
    attributes.flags = flags;
    attributes.mode = 0666;
    attributes.size = size;
    attributes.present = true;
    return path(nodeid);
}

std::string FuseServer::file(std::uint64_t nodeid, std::uint64_t size) {
    return file(nodeid, size, FUSE_ATTR_IOMAP);
}

std::uint64_t FuseServer::control(const std::string &name) const {
    struct stat status = {};
    EXPECT_EQ(::stat(folder_.c_str(), &status), 0) << std::strerror(errno);
    std::ifstream file("/sys/fs/fuse/connections/" + std::to_string(minor(status.st_dev)) + "/" + name);
    std::uint64_t value = 0;
    EXPECT_TRUE(file >> value) << "connection " << minor(status.st_dev) << ": " << name;
    return value;
}

int FuseServer::notify(std::int32_t code, const void *head, std::size_t head_size, const std::string &bytes) {
    // "unique" 0 makes it a notification, and "error" its code.
    fuse_out_header header = {};
    header.len = static_cast<std::uint32_t>(sizeof(header) + head_size + bytes.size());
    header.error = code;
    iovec parts[] = {{&header, sizeof(header)},
                     {const_cast<void *>(head), head_size},
                     {const_cast<char *>(bytes.data()), bytes.size()}};
    return ::writev(fuse_.get(), parts, 3) < 0 ? errno : 0;
}

int FuseServer::notify_invalidate(std::uint64_t nodeid, std::int64_t offset, std::int64_t length) {
    const fuse_notify_inval_inode_out out = {.ino = nodeid, .off = offset, .len = length};
    return notify(FUSE_NOTIFY_INVAL_INODE, &out, sizeof(out), {});
}

int FuseServer::notify_store(std::uint64_t nodeid, std::uint64_t offset, const std::string &bytes) {
    const fuse_notify_store_out out = {
        .nodeid = nodeid, .offset = offset, .size = static_cast<std::uint32_t>(bytes.size()), .padding = 0};
    return notify(FUSE_NOTIFY_STORE, &out, sizeof(out), bytes);
}

void FuseServer::end_server() {
    if (server_ > 0) {
        ::kill(server_, SIGKILL);
        ::waitpid(server_, nullptr, 0);
        server_ = -1;
    }
}

void FuseServer::kill() {
    end_server();
    fuse_.reset();
}

void FuseServer::unmount() {
    if (mounted_) {
        EXPECT_EQ(::umount2(folder_.c_str(), 0), 0) << "umount: " << std::strerror(errno);
        mounted_ = false;
    }
    end_server();
}

} // namespace famfs::vmtest
