// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/checked_copy.h"

#include "base/memory.h"

#include <cstdint>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

namespace famfs::device {

namespace {

constexpr const char *hint =
    "is the file shorter than when it was opened, the disk below it full, or the memory bad?";

/// A partial copy is followed by another try, which names the reason.
template <class Copy>
base::Expected<void> copy_all(std::size_t length, const char *operation, const std::string &name, Copy copy) {
    std::size_t done = 0;
    while (done < length) {
        const ssize_t copied = copy(done);
        if (copied < 0)
            return base::fail(errno == EFAULT ? EIO : errno, operation, name, hint);
        done += static_cast<std::size_t>(copied);
    }
    return {};
}

/// process_vm_readv(2) takes const memory as void *.
iovec window(std::span<const std::byte> bytes, std::size_t from) {
    return {.iov_base = const_cast<std::byte *>(bytes.data()) + from, .iov_len = bytes.size() - from};
}

} // namespace

base::Expected<void> copy_from_mapping(std::span<const std::byte> mapped, std::span<std::byte> to,
                                       const std::string &name) {
    return copy_all(to.size(), "read", name, [&](std::size_t done) {
        const iovec local = window(to, done);
        const iovec remote = window(mapped, done);
        return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0);
    });
}

base::Expected<void> copy_to_mapping(std::span<const std::byte> from, std::span<std::byte> mapped,
                                     const std::string &name) {
    return copy_all(from.size(), "write", name, [&](std::size_t done) {
        const iovec local = window(from, done);
        const iovec remote = window(mapped, done);
        return ::process_vm_writev(::getpid(), &local, 1, &remote, 1, 0);
    });
}

// That it cannot be done for some kind of memory is no error: it only stays mapped.
void let_go(std::span<const std::byte> mapped) {
    const std::uintptr_t into_page = reinterpret_cast<std::uintptr_t>(mapped.data()) % base::page_bytes;
    (void)::madvise(const_cast<std::byte *>(mapped.data()) - into_page, mapped.size() + into_page,
                    MADV_DONTNEED);
}

} // namespace famfs::device
