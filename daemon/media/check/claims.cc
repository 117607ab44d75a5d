// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/check/claims.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>

namespace famfs::media {

namespace {

/// Disjoint runs of claimed bytes of one device with their first owners.
class Owners {
public:
    /// The owner of the first byte of [start, end) that is claimed already; afterwards all of it is claimed.
    std::optional<std::uint64_t> claim(std::uint64_t start, std::uint64_t end, std::uint64_t entry) {
        std::optional<std::uint64_t> first;
        auto run = runs_.upper_bound(start);
        if (run != runs_.begin() && std::prev(run)->second.end > start)
            --run;
        while (start < end) {
            const bool taken = run != runs_.end() && run->first <= start;
            if (taken) {
                first = first.value_or(run->second.owner);
                start = run->second.end;
                ++run;
                continue;
            }
            const std::uint64_t until = run == runs_.end() ? end : std::min(end, run->first);
            runs_.emplace_hint(run, start, Run{until, entry});
            start = until;
        }
        return first;
    }

private:
    struct Run {
        std::uint64_t end;
        std::uint64_t owner;
    };
    std::map<std::uint64_t, Run> runs_;
};

} // namespace

/// Sorts what is new in. True: no two claims overlap.
bool Claims::settle() {
    const auto key = [](const Claim &claim) { return std::tie(claim.device, claim.start); };
    const auto overlap = [](const Claim &left, const Claim &right) {
        return left.device == right.device && right.start < left.end;
    };
    const auto fresh = claims_.begin() + static_cast<std::ptrdiff_t>(settled_);
    if (!std::ranges::is_sorted(fresh, claims_.end(), {}, key))
        std::ranges::sort(fresh, claims_.end(), {}, key);
    // Usually all of it lies beyond what there was: then only what is new has to be looked at.
    auto first = fresh == claims_.begin() ? fresh : std::prev(fresh);
    if (first != fresh && fresh != claims_.end() && key(*fresh) < key(*first)) {
        std::vector<Claim> merged;
        merged.reserve(claims_.size());
        std::ranges::merge(std::ranges::subrange(claims_.begin(), fresh),
                           std::ranges::subrange(fresh, claims_.end()), std::back_inserter(merged), {}, key,
                           key);
        claims_ = std::move(merged);
        first = claims_.begin();
    }
    settled_ = claims_.size();
    // Sorted by start, the runs are disjoint if no neighbours overlap.
    return std::ranges::adjacent_find(first, claims_.end(), overlap) == claims_.end();
}

std::vector<Conflict> Claims::conflicts() {
    if (settled_ == claims_.size())
        return {};
    const std::uint64_t first_entry = claims_[settled_].entry;
    if (settle())
        return {};
    std::vector<Claim> in_log_order = claims_;
    std::ranges::sort(in_log_order, {},
                      [](const Claim &claim) { return std::tie(claim.entry, claim.extent); });
    std::map<std::uint32_t, Owners> devices;
    std::vector<Conflict> conflicts;
    for (const Claim &claim : in_log_order)
        if (const auto owner = devices[claim.device].claim(claim.start, claim.end, claim.entry);
            owner && claim.entry >= first_entry)
            conflicts.push_back({claim, *owner});
    return conflicts;
}

ClaimTotals Claims::totals(const std::vector<DataArea> &areas) const {
    ClaimTotals totals;
    auto claim = claims_.begin();
    for (std::uint32_t device = 0; device < areas.size(); device++) {
        std::uint64_t reached = areas[device].start;
        for (; claim != claims_.end() && claim->device == device; ++claim) {
            if (claim->start > reached)
                totals.largest_free_run = std::max(totals.largest_free_run, claim->start - reached);
            if (claim->end > reached)
                totals.used += claim->end - std::max(claim->start, reached);
            reached = std::max(reached, claim->end);
        }
        if (areas[device].end > reached)
            totals.largest_free_run = std::max(totals.largest_free_run, areas[device].end - reached);
    }
    return totals;
}

} // namespace famfs::media
