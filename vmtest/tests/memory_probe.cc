// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/memory_probe.h"

#include "base/fd.h"

#include <algorithm>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <vector>

namespace famfs::vmtest {
namespace {

thread_local sigjmp_buf back;
thread_local volatile sig_atomic_t expecting = 0;

void on_bus_error(int number, siginfo_t *information, void *) {
    if (expecting == 0) {
        // Nobody asked for it: the process dies of it, at the same instruction.
        ::signal(number, SIG_DFL);
        return;
    }
    expecting = 0;
    ::siglongjmp(back, information->si_code);
}

const bool installed = [] {
    struct sigaction action = {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    return ::sigaction(SIGBUS, &action, nullptr) == 0;
}();

template <class Access>
int bus_error(const Access &access) {
    EXPECT_TRUE(installed);
    const int code = sigsetjmp(back, 1); // NOLINT(cert-err52-cpp): what a signal handler can come back by
    if (code != 0)
        return code;
    expecting = 1;
    access();
    expecting = 0;
    return 0;
}

base::Fd open_file(const std::string &path, int flags) {
    base::Fd file(::open(path.c_str(), flags | O_CLOEXEC));
    EXPECT_TRUE(file) << "open " << path << ": " << std::strerror(errno);
    return file;
}

} // namespace

int bus_error_reading(const volatile void *address) {
    return bus_error([&] { (void)*static_cast<const volatile char *>(address); });
}

int bus_error_writing(volatile void *address) {
    return bus_error([&] {
        auto *byte = static_cast<volatile char *>(address);
        *byte = *byte;
    });
}

int bus_error_during(const std::function<void()> &action) {
    return bus_error(action);
}

int copy_word(const volatile void *address, std::uint64_t &word) {
    return bus_error([&] { word = *static_cast<const volatile std::uint64_t *>(address); });
}

void fill(const std::string &path, std::uint64_t length, std::uint32_t device, std::uint64_t address,
          std::uint64_t offset) {
    const base::Fd file = open_file(path, O_WRONLY);
    std::vector<std::uint64_t> words(huge_size / sizeof(std::uint64_t));
    for (std::uint64_t done = 0; done < length;) {
        for (std::size_t i = 0; i < words.size(); ++i)
            words[i] = pattern(device, address + done + i * sizeof(std::uint64_t));
        const std::uint64_t part = std::min<std::uint64_t>(length - done, huge_size);
        ASSERT_EQ(::pwrite(file.get(), words.data(), part, static_cast<off_t>(offset + done)),
                  static_cast<ssize_t>(part))
            << path << " at " << offset + done << ": " << std::strerror(errno);
        done += part;
    }
}

std::optional<std::uint64_t> first_wrong(const void *memory, std::uint64_t length, std::uint32_t device,
                                         std::uint64_t address) {
    const auto *words = static_cast<const std::uint64_t *>(memory);
    for (std::uint64_t at = 0; at < length; at += sizeof(std::uint64_t))
        if (words[at / sizeof(std::uint64_t)] != pattern(device, address + at))
            return at;
    return std::nullopt;
}

MappedFile::MappedFile(const std::string &path, std::size_t length, bool writable) : length_(length) {
    const base::Fd file = open_file(path, writable ? O_RDWR : O_RDONLY);
    // At a multiple of 2 MiB, so that huge pages are possible.
    memory_ = ::mmap(nullptr, length, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, file.get(), 0);
    EXPECT_NE(memory_, MAP_FAILED) << "mmap " << path << ": " << std::strerror(errno);
}

MappedFile::~MappedFile() {
    ::munmap(memory_, length_);
}

void MappedFile::drop() const {
    EXPECT_EQ(::madvise(memory_, length_, MADV_DONTNEED), 0) << std::strerror(errno);
}

int read_whole(const std::string &path, std::string &bytes) {
    const base::Fd file = open_file(path, O_RDONLY);
    struct stat status = {};
    EXPECT_EQ(::fstat(file.get(), &status), 0);
    bytes.assign(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return 0;
}

int read_error(const std::string &path, std::size_t length, std::uint64_t offset, std::size_t *got) {
    const base::Fd file = open_file(path, O_RDONLY);
    std::string bytes(length, '\0');
    const ssize_t result = ::pread(file.get(), bytes.data(), length, static_cast<off_t>(offset));
    if (got != nullptr)
        *got = result < 0 ? 0 : static_cast<std::size_t>(result);
    return result < 0 ? errno : 0;
}

int write_error(const std::string &path, std::size_t length, std::uint64_t offset, std::size_t *got) {
    const base::Fd file = open_file(path, O_WRONLY);
    const std::string bytes(length, 'w');
    const ssize_t result = ::pwrite(file.get(), bytes.data(), length, static_cast<off_t>(offset));
    if (got != nullptr)
        *got = result < 0 ? 0 : static_cast<std::size_t>(result);
    return result < 0 ? errno : 0;
}

} // namespace famfs::vmtest
