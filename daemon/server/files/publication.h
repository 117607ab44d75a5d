// SPDX-License-Identifier: GPL-2.0-only
// The step from this host's own names into the log: which of them, in which order, and what stays for now.
#pragma once

#include "daemon/media/format/entry.h"
#include "daemon/server/files/entry_log.h"
#include "daemon/server/files/file.h"
#include "daemon/server/files/names.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace famfs::server {

/// What to publish. The directories above it go with it.
struct Selection {
    enum class Reach : std::uint8_t {
        everything,
        node,    ///< `nodes`, each for itself
        entries, ///< `nodes` and what is directly in them, as fsync(2) of a directory
        below,   ///< `nodes` and all below them
    };
    Reach reach = Reach::everything;
    std::vector<std::uint64_t> nodes;
    /// Only what has not changed since.
    std::optional<Moment> unchanged_since = std::nullopt;
    /// Of the files among it: the caller's only if it is one file.
    File::Turns turns = File::Turns::taken;
};

struct Published {
    std::uint64_t files = 0;
    std::uint64_t directories = 0;
    std::vector<std::string> open;  ///< paths that stay: somebody can write to them
    std::vector<std::string> empty; ///< paths that stay: a famfs has no empty files
    std::vector<std::shared_ptr<File>> published;
};

/// What of the unpublished it means, ascending, so that the log is in the order in which things were made.
std::vector<std::uint64_t> selected(const Names &names, const Selection &selection);

/// Lives under the lock of the names, which so do not change between the choice and the log.
class Publication {
public:
    /// Takes the turns of the files that are ready. @last_try: one that was touched since it was written back
    /// stays, as one that is open.
    Publication(Names &names, const Selection &selection, bool last_try);
    Publication(const Publication &) = delete;
    Publication &operator=(const Publication &) = delete;

    /// Parents first, all or nothing; to be called once. Absent: a file was touched since it was written
    /// back; write it back and begin again.
    base::Expected<std::optional<Published>> write(EntryLog &log);

private:
    void add_directory(MadeNode &node);
    void add_file(MadeNode &node, bool last_try);
    void add_above(const MadeNode &node);
    void finish(bool appended);

    Names &names_;
    const File::Turns turns_;
    std::vector<media::LogEntry> entries_; ///< in the order of the log
    std::vector<MadeNode *> nodes_;        ///< whose they are
    std::unordered_set<std::uint64_t> taken_;
    Published result_;
    bool again_ = false;
};

} // namespace famfs::server
