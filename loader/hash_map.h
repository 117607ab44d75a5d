// SPDX-License-Identifier: GPL-2.0-only
// A hash map of the kernel, filled element by element or in batches.
#pragma once

#include "base/error.h"

#include <bpf/bpf.h>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string>

namespace famfs::loader {

/// What a failed insertion into map @name means. @key is for the message.
std::unexpected<base::Error> insertion_failed(int code, const char *name, const std::string &key);
/// Whether @code passes by itself in a moment, if it passes at all. Sleeps that long; gives up after some.
class Patience {
public:
    bool worth_another_try(int code);

private:
    int tries_ = 0;
};

/// Borrows the map. Any thread.
template <class Key, class Value>
class HashMap {
public:
    HashMap(int map, const char *name) : map_(map), name_(name) {}

    /// Inserts, never replaces: EEXIST.
    base::Expected<void> insert(const Key &key, const Value &value) const {
        Patience patience;
        while (bpf_map_update_elem(map_, &key, &value, BPF_NOEXIST) != 0) {
            if (const int code = errno; !patience.worth_another_try(code))
                return insertion_failed(code, name_, text(key));
        }
        return {};
    }

    /// @keys must not be in the map: a batch replaces (kernel/bpf/syscall.c, generic_map_update_batch, takes
    /// no BPF_NOEXIST). Returns how many of them are in the map now: all, or those before the one that
    /// failed.
    base::Expected<void> insert_new(std::span<const Key> keys, std::span<const Value> values,
                                    std::size_t &inserted) const {
        Patience patience;
        for (inserted = 0; inserted < keys.size();) {
            auto count = static_cast<std::uint32_t>(keys.size() - inserted);
            const int code =
                bpf_map_update_batch(map_, &keys[inserted], &values[inserted], &count, nullptr) == 0 ? 0
                                                                                                     : errno;
            // A refusal before the first of them leaves the count as it was given.
            const bool none = code != 0 && count == keys.size() - inserted;
            inserted += none ? 0 : count;
            if (code != 0 && !patience.worth_another_try(code))
                return insertion_failed(code, name_, text(keys[inserted]));
        }
        return {};
    }

    [[nodiscard]] bool look_up(const Key &key, Value &value) const {
        return bpf_map_lookup_elem(map_, &key, &value) == 0;
    }

    /// ENOENT: it is not there.
    [[nodiscard]] base::Expected<void> erase(const Key &key) const {
        if (bpf_map_delete_elem(map_, &key) != 0)
            return base::fail_errno("delete " + text(key) + " from map", name_);
        return {};
    }

private:
    static std::string text(std::uint64_t nodeid) { return "nodeid " + std::to_string(nodeid); }
    template <class Block>
    static std::string text(const Block &key) {
        return "block " + std::to_string(key.block) + " of nodeid " + std::to_string(key.list);
    }

    int map_;
    const char *name_;
};

} // namespace famfs::loader
