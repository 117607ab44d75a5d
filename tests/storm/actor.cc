// SPDX-License-Identifier: GPL-2.0-only
#include "tests/storm/actor.h"

#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <set>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace famfs::test {

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t most_bytes = 6ULL << 20; ///< of a file: several units
constexpr std::size_t most_at_once = 256 * 1024;

/// Refusals that come of what other threads do to the same name, of the format, or of a full log or device.
const std::set<int> expected = {ENOENT,  EEXIST, EPERM,  EFBIG,  ENOTEMPTY, EISDIR,
                                ENOTDIR, ENOSPC, EINVAL, ESTALE, EBUSY};

thread_local sigjmp_buf after_fault;
thread_local volatile bool reading_mapped = false;

void on_bus_error(int) {
    if (reading_mapped)
        siglongjmp(after_fault, 1);
    std::abort();
}

/// What says whose a word is: of the file's number and how often that was given, so never of another file's.
std::uint64_t mark_of(const base::Fd &file) {
    union {
        file_handle handle;
        std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> room;
    } place{};
    place.handle.handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    if (::name_to_handle_at(file.get(), "", &place.handle, &mount, AT_EMPTY_PATH) != 0)
        return 0;
    std::uint64_t mark = 0xCBF29CE484222325ULL;
    const std::string_view bytes(place.room.data() + offsetof(file_handle, f_handle),
                                 place.handle.handle_bytes);
    for (const char byte : bytes)
        mark = (mark ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
    return mark | 1;
}

} // namespace

Names::Names(std::string top) : top_(std::move(top)) {
    struct sigaction action{};
    action.sa_handler = on_bus_error;
    ::sigaction(SIGBUS, &action, nullptr);
    for (std::size_t i = 0; i < count; i++)
        names_.at(i) = make(i, next_++);
}

std::string Names::make(std::size_t which, std::uint64_t number) {
    const std::string name = "n" + std::to_string(number);
    return which < count / 2 ? name : (which % 2 == 0 ? "even/" : "odd/") + name;
}

std::string Names::path(std::size_t which) {
    const base::Lock lock(mutex_);
    return top_ + "/" + names_.at(which);
}

void Names::retire(std::size_t which, const std::string &path) {
    const base::Lock lock(mutex_);
    if (top_ + "/" + names_.at(which) == path)
        names_.at(which) = make(which, next_++);
}

void Tally::add(const char *call, int code) {
    const base::Lock lock(mutex_);
    calls_[call][code]++;
}

void Tally::fail(const std::string &what) {
    if (!failed_.exchange(true))
        std::fprintf(stderr, "storm: %s\n", what.c_str());
}

void Tally::print() {
    const base::Lock lock(mutex_);
    for (const auto &[call, codes] : calls_) {
        std::printf("%-10s", call.c_str());
        for (const auto &[code, count] : codes)
            std::printf(" %s:%llu", code == 0 ? "ok" : strerrorname_np(code),
                        static_cast<unsigned long long>(count));
        std::printf("\n");
    }
}

bool Actor::note(const char *call, bool well) {
    const int code = well ? 0 : errno;
    tally_.add(call, code);
    if (code != 0 && !expected.contains(code))
        tally_.fail(std::string(call) + ": " + std::strerror(code));
    return well;
}

void Actor::step() {
    switch (below(16)) {
    case 0:
    case 1:
        return truncate();
    case 2:
    case 3:
        return remove();
    case 4:
    case 5:
        return rename();
    case 6:
        return change();
    case 7:
        return directories();
    case 8:
        return below(8) == 0 ? synchronize() : open_and_use();
    default:
        return open_and_use();
    }
}

/// Of whole words, so that what O_APPEND adds is aligned, and no word is cut in two.
off_t Actor::random_size() {
    return static_cast<off_t>(below(most_bytes) / sizeof(std::uint64_t) * sizeof(std::uint64_t));
}

void Actor::open_and_use() {
    static constexpr std::array<int, 6> ways = {
        O_RDONLY,          O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL,
        O_RDWR | O_APPEND, O_RDWR | O_TRUNC, O_RDWR | O_CREAT};
    const base::Fd file(::open(names_.path(below(Names::count)).c_str(), ways.at(below(ways.size())), 0644));
    if (!note("open", static_cast<bool>(file)))
        return;
    for (std::uint64_t i = below(6); i > 0; i--)
        use(file);
}

void Actor::use(const base::Fd &file) {
    const std::uint64_t mark = mark_of(file);
    if (mark == 0)
        return static_cast<void>(note("handle", false));
    switch (below(8)) {
    case 0:
        return static_cast<void>(
            note("ftruncate", ::ftruncate(file.get(), random_size()) == 0 || errno == EBADF));
    case 1:
        return static_cast<void>(
            note("fallocate", ::fallocate(file.get(), below(2) == 0 ? FALLOC_FL_KEEP_SIZE : 0, 0,
                                          8 + random_size()) == 0 ||
                                  errno == EBADF));
    case 2:
        return read_mapped(file, mark);
    case 3:
    case 4:
        return read(file, mark);
    case 5:
        return static_cast<void>(note("fsync", ::fsync(file.get()) == 0));
    default:
        return write(file, mark);
    }
}

void Actor::write(const base::Fd &file, std::uint64_t mark) {
    if ((::fcntl(file.get(), F_GETFL) & O_ACCMODE) == O_RDONLY)
        return;
    const std::vector<std::uint64_t> words((1 + below(most_at_once / page)) * page / sizeof(mark), mark);
    const std::uint64_t position = below(most_bytes / page) * page;
    note("write",
         ::pwrite(file.get(), words.data(), words.size() * sizeof(mark), static_cast<off_t>(position)) > 0);
}

void Actor::check(const std::uint64_t *words, std::size_t count, std::uint64_t mark, std::uint64_t position) {
    for (std::size_t i = 0; i < count; i++)
        if (words[i] != 0 && words[i] != mark)
            return tally_.fail("a foreign word at byte " + std::to_string(position + i * sizeof(mark)));
}

void Actor::read(const base::Fd &file, std::uint64_t mark) {
    std::vector<std::uint64_t> words(most_at_once / sizeof(mark));
    const std::uint64_t position = below(most_bytes / page) * page;
    const ssize_t length =
        ::pread(file.get(), words.data(), words.size() * sizeof(mark), static_cast<off_t>(position));
    if (note("read", length >= 0))
        check(words.data(), static_cast<std::size_t>(length) / sizeof(mark), mark, position);
}

/// Others may cut the file meanwhile: then there is a signal, and nothing to read.
void Actor::read_mapped(const base::Fd &file, std::uint64_t mark) {
    struct stat status{};
    if (::fstat(file.get(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) < page)
        return;
    const std::size_t length = static_cast<std::size_t>(status.st_size) / page * page;
    void *memory = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, file.get(), 0);
    if (!note("mmap", memory != MAP_FAILED))
        return;
    if (sigsetjmp(after_fault, 1) == 0) {
        reading_mapped = true;
        const std::uint64_t position = below(length / page) * page;
        check(reinterpret_cast<const std::uint64_t *>(static_cast<char *>(memory) + position),
              page / sizeof(mark), mark, position);
    }
    reading_mapped = false;
    ::munmap(memory, length);
}

void Actor::truncate() {
    const std::string path = names_.path(below(Names::count));
    note("truncate", ::truncate(path.c_str(), random_size()) == 0);
}

void Actor::remove() {
    const std::size_t which = below(Names::count);
    const std::string path = names_.path(which);
    if (!note("unlink", ::unlink(path.c_str()) == 0) && errno == EPERM)
        names_.retire(which, path);
}

void Actor::rename() {
    const std::size_t which = below(Names::count);
    const std::string from = names_.path(which);
    if (!note("rename", ::rename(from.c_str(), names_.path(below(Names::count)).c_str()) == 0) &&
        errno == EPERM)
        names_.retire(which, from);
}

void Actor::change() {
    const std::string path = names_.path(below(Names::count));
    if (below(2) == 0)
        note("chmod", ::chmod(path.c_str(), 0600 + below(0100)) == 0);
    else
        note("utimens", ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0);
}

void Actor::directories() {
    const std::string directory = names_.top() + (below(2) == 0 ? "/even" : "/odd");
    switch (below(4)) {
    case 0:
    case 1:
        return static_cast<void>(note("mkdir", ::mkdir(directory.c_str(), 0755) == 0));
    case 2:
        return static_cast<void>(note("rmdir", ::rmdir(directory.c_str()) == 0));
    default:
        break;
    }
    DIR *listing = ::opendir(directory.c_str());
    if (!note("opendir", listing != nullptr))
        return;
    while (const dirent *entry = ::readdir(listing)) {
        struct stat status{};
        ::fstatat(::dirfd(listing), entry->d_name, &status, 0);
    }
    ::closedir(listing);
}

/// Of a directory: publishes what is in it.
void Actor::synchronize() {
    const base::Fd directory(
        ::open((names_.top() + (below(2) == 0 ? "/even" : "")).c_str(), O_RDONLY | O_DIRECTORY));
    if (note("opendir", static_cast<bool>(directory)))
        note("fsyncdir", ::fsync(directory.get()) == 0);
}

} // namespace famfs::test
