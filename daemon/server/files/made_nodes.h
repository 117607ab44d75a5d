// SPDX-License-Identifier: GPL-2.0-only
// The files and directories that were made through this mount, beside those that the log had when it was
// read: by number, by name, and by directory. Their numbers are beyond those of all entries that the log can
// hold.
#pragma once

#include "daemon/media/format/entry.h"
#include "daemon/server/files/file.h"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace famfs::server {

struct Times {
    timespec access{};
    timespec modification{};
    timespec change{};
};

using Moment = std::chrono::steady_clock::time_point;

struct MadeNode {
    std::uint64_t nodeid = 0;
    std::uint32_t generation = 0;
    std::uint32_t look_ups = 0; ///< that the kernel has not taken back
    std::uint64_t parent = 0;
    std::uint64_t position = 0; ///< in its directory; others never get it
    std::string name;
    media::Attributes attributes;
    Times times;
    Moment last_change;
    bool linked = false;        ///< it has its name
    bool published = false;     ///< the log has its name and attributes, and a file's size
    std::shared_ptr<File> file; ///< absent: a directory

    [[nodiscard]] bool directory() const { return file == nullptr; }
};

/// What was made in one directory, whoever made the directory.
struct MadeChildren {
    struct Entry {
        std::uint64_t position;
        std::uint64_t nodeid; ///< 0: it is gone
    };
    std::vector<Entry> entries; ///< ascending
    std::uint64_t next_position = 0;
    std::uint64_t count = 0; ///< of those that are there
    std::uint32_t subdirectories = 0;
    timespec changed{}; ///< when a name last came or went
};

/// One thread at a time. Nodes keep their place in memory until they are erased.
class MadeNodes {
public:
    explicit MadeNodes(std::uint64_t first_nodeid);

    [[nodiscard]] const MadeNode *find(std::uint64_t nodeid) const;
    [[nodiscard]] MadeNode *find(std::uint64_t nodeid);
    [[nodiscard]] const MadeNode *find(std::uint64_t parent, std::string_view name) const;
    /// Null: nothing was ever made there.
    [[nodiscard]] const MadeChildren *children(std::uint64_t directory) const;
    [[nodiscard]] bool empty(std::uint64_t directory) const;

    /// With a number of its own, and no name yet.
    MadeNode &add();
    /// Gives it its place, as `parent` and `name` say. The caller has made sure that the name is free.
    void link(MadeNode &node);
    void unlink(MadeNode &node);
    /// The log has it now.
    void publish(MadeNode &node);
    /// Its number is not given again until recycle(); then with another generation.
    void erase(std::uint64_t nodeid);
    void recycle(std::uint64_t nodeid) { free_.push_back(nodeid); }

    [[nodiscard]] std::uint64_t linked_files() const { return files_; }
    [[nodiscard]] std::uint64_t linked_directories() const { return directories_; }
    /// Those that have a name and are not published.
    [[nodiscard]] const std::unordered_set<std::uint64_t> &unpublished() const { return unpublished_; }
    [[nodiscard]] std::uint64_t unpublished_directories() const { return unpublished_directories_; }

private:
    void keep_unpublished(const MadeNode &node);
    void drop_unpublished(const MadeNode &node);

    struct Name {
        std::uint64_t parent;
        std::string_view name;
        explicit Name(const MadeNode *node) : parent(node->parent), name(node->name) {}
        Name(std::uint64_t directory, std::string_view text) : parent(directory), name(text) {}
        bool operator==(const Name &) const = default;
    };
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(const Name &name) const;
        std::size_t operator()(const MadeNode *node) const { return operator()(Name(node)); }
    };
    struct NameEqual {
        using is_transparent = void;
        bool operator()(const MadeNode *left, const MadeNode *right) const { return left == right; }
        bool operator()(const Name &name, const MadeNode *node) const { return name == Name(node); }
        bool operator()(const MadeNode *node, const Name &name) const { return name == Name(node); }
    };

    std::unordered_map<std::uint64_t, MadeNode> nodes_;
    std::unordered_set<const MadeNode *, NameHash, NameEqual> names_;
    std::unordered_map<std::uint64_t, MadeChildren> children_;
    std::vector<std::uint64_t> free_;
    std::uint64_t next_;
    /// Random at the start, so that a file handle of an earlier mount means nothing here.
    std::uint32_t generation_;
    std::uint64_t files_ = 0;
    std::uint64_t directories_ = 0;
    std::unordered_set<std::uint64_t> unpublished_;
    std::uint64_t unpublished_directories_ = 0;
};

} // namespace famfs::server
