// SPDX-License-Identifier: GPL-2.0-only
// A file that was made through this mount: its size, its space, its record, and how far it is on the way into
// the log. The one owner of all that. Its name, mode, owner and times are the tree's (tree.h).
//
//             grow                 last writer closes            its entry is appended      nobody has it
//             open
//   fresh ----------> growing ------------------------> complete ---------------------> published --->
//   settled
//     |                  ^  |        opened for writing    |
//     |                  |  +------------------------------+
//     +------------------+---------------------------------+---> withdrawn ---> gone
//                                       its name was removed     the kernel has forgotten it
#pragma once

#include "base/mutex.h"
#include "daemon/server/files/records.h"
#include "daemon/server/files/space.h"
#include "daemon/server/files/storage.h"

#include <cstdint>
#include <functional>
#include <string_view>

namespace famfs::server {

enum class Life : std::uint8_t { fresh, growing, complete, published, settled, withdrawn, gone };

std::string_view to_string(Life life);

/// What files are made with. All outlive them.
struct Means {
    Storage &storage;
    Space &space;
    Records &records;
};

/// Any thread. Each transition has the file's turn for as long as it works, so that transitions of one file
/// come one at a time, and other files go on meanwhile; what others look at is under a lock for moments.
class File {
public:
    File(std::uint64_t nodeid, const Means &means);
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    struct View {
        std::uint64_t size = 0;
        std::uint64_t allocated = 0; ///< bytes
        Life life = Life::fresh;
        bool written_to = false; ///< somebody has it open for writing
        /// The log has its name, size and mode.
        [[nodiscard]] bool published() const { return life == Life::published || life == Life::settled; }
    };
    [[nodiscard]] View view() const;
    /// Where its bytes are; the size is the one that the kernel knows.
    [[nodiscard]] base::FileMap map() const;

    /// @flags: of open(2); what O_TRUNC does comes as resize(). EPERM: to append to a published file.
    base::Expected<void> open(int flags);
    /// Returns whether it was the last who could write to it.
    bool close(int flags);

    /// A write or fallocate(2) reaches to byte @size; what is new reads as zeros. EFBIG: it is published.
    /// ENOSPC.
    base::Expected<void> grow(std::uint64_t size);
    /// Space without size, which stays until it is published or cut. Errors as above.
    base::Expected<void> reserve(std::uint64_t capacity);
    using Then = std::function<base::Expected<void>()>;
    /// EPERM: it is published and has another size. ENOSPC. @publish, if any, is called in the same turn,
    /// once what programs have stored is out of the caches, on the disk.
    base::Expected<void> resize(std::uint64_t size, const Then &publish = {});
    /// What programs have stored gets out of the caches, to the disk; then @publish, if any, in the same
    /// turn.
    base::Expected<void> write_back(const Then &publish = {});

    /// Who has the turn that a publication needs, until end_publication().
    enum class Turns : std::uint8_t {
        taken,    ///< it takes it, if nobody has it
        callers,  ///< it is called by write_back()
        resizers, ///< it is called by resize(): its size is given, whoever can write to it
    };
    /// True: it is complete, and has been written back since anybody could write to it.
    bool begin_publication(Turns turns) FAMFS_NO_THREAD_SAFETY_ANALYSIS;
    /// What its entry says.
    [[nodiscard]] base::FileMap entry_map() const;
    void end_publication(Turns turns, bool appended) FAMFS_NO_THREAD_SAFETY_ANALYSIS;
    /// Gives back the space that nobody asked for, if nobody has it open: then nobody has mapped it.
    base::Expected<void> settle();

    /// Its name is removed. Not to be called once it is published.
    void withdraw();
    /// At the end of the mount: whatever close was not heard of.
    void close_all();
    /// Nobody has it open.
    [[nodiscard]] bool idle() const;
    /// The kernel has forgotten the withdrawn file: record and space go. An error: they stay with it for
    /// good.
    base::Expected<void> reclaim();

private:
    [[nodiscard]] Life life() const FAMFS_REQUIRES(mutex_);
    [[nodiscard]] bool fixed() const FAMFS_REQUIRES(mutex_);
    base::Expected<void> extend(std::uint64_t size) FAMFS_REQUIRES(turn_);
    base::Expected<void> prepare(base::FileMap &map, std::uint64_t size) FAMFS_REQUIRES(turn_);
    base::Expected<void> resize_now(std::uint64_t size) FAMFS_REQUIRES(turn_);
    base::Expected<void> persist() FAMFS_REQUIRES(turn_);
    base::Expected<void> shrink(std::uint64_t size) FAMFS_REQUIRES(turn_);
    base::Expected<void> zero(const base::FileMap &map, std::uint64_t from, std::uint64_t to)
        FAMFS_REQUIRES(turn_);
    base::Expected<void> place(const base::FileMap &map) FAMFS_REQUIRES(turn_);
    [[nodiscard]] base::FileMap record_of(const base::FileMap &map) const;

    /// What has happened to it once and for all.
    enum class Stage : std::uint8_t { unpublished, published, settled, withdrawn, gone };

    const Means &means_;
    const std::uint64_t nodeid_;
    base::Turn turn_;
    mutable base::Mutex mutex_;
    base::FileMap map_ FAMFS_GUARDED_BY(mutex_);
    std::uint64_t reserved_ FAMFS_GUARDED_BY(mutex_) = 0; ///< bytes, by reserve()
    std::uint64_t recorded_ FAMFS_GUARDED_BY(turn_) = 0;  ///< bytes that its record covers; 0: it has none
    bool written_back_ FAMFS_GUARDED_BY(mutex_) = false;  ///< and nobody could write to it since
    Stage stage_ FAMFS_GUARDED_BY(mutex_) = Stage::unpublished;
    std::uint32_t opens_ FAMFS_GUARDED_BY(mutex_) = 0;
    std::uint32_t writers_ FAMFS_GUARDED_BY(mutex_) = 0; ///< of the opens
};

/// Where bytes [from, to) of a file lie; its extents follow each other and reach that far.
std::vector<base::Extent> ranges_of(const base::FileMap &map, std::uint64_t from, std::uint64_t to);

} // namespace famfs::server
