// SPDX-License-Identifier: GPL-2.0-only
// Copies what a CopyList names, and keeps count. What goes wrong with one file is said at once and does not
// stop the others.
#pragma once

#include "daemon/ctl/image/copy_list.h"
#include "daemon/ctl/image/creation_options.h"
#include "daemon/ctl/terminal/progress.h"

namespace famfs::ctl {

struct CopyRules {
    OwnerOptions owner;
    media::Striping striping;
    bool compare = false; ///< files that are there already, byte by byte
};

class Copier {
public:
    /// Borrows all three.
    Copier(Target &target, const CopyRules &rules, Progress &progress)
        : target_(target), rules_(rules), progress_(progress) {}

    /// Fails only with what would fail for every other file too. Ends early, without an error, after a signal
    /// (interrupted()).
    base::Expected<void> copy(const std::vector<CopyItem> &items);

    [[nodiscard]] std::uint64_t failed() const { return failed_; }
    [[nodiscard]] std::uint64_t skipped() const { return skipped_; } ///< files that were there already

private:
    base::Expected<void> copy_item(const CopyItem &item);
    base::Expected<void> make_directory(const CopyItem &item);
    base::Expected<void> create(const CopyItem &item);
    void refuse(const base::Error &error);

    Target &target_;
    const CopyRules &rules_;
    Progress &progress_;
    std::uint64_t failed_ = 0;
    std::uint64_t skipped_ = 0;
};

} // namespace famfs::ctl
