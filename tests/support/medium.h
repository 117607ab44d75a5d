// SPDX-License-Identifier: GPL-2.0-only
// What of the stores into a mapping is on the medium, as x86-64 promises it: an aligned 8-byte word that was
// stored may have got there at any time since, and is there for certain when its cache line was written back
// after the store and a fence followed. A crash leaves each word, on its own, at any value that it may have.
#pragma once

#include "base/memory.h"
#include "daemon/media/write/write_back.h"
#include "tests/support/media_image.h"

#include <cstring>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace famfs::test {

/// Finds stores by comparing, so only the last one to a word between two calls counts.
class Medium : public media::WriteBack {
public:
    /// Region and byte in it, a multiple of 8.
    using Place = std::pair<std::size_t, std::uint64_t>;
    struct Word {
        std::vector<std::uint64_t> newer; ///< than what is there for certain, oldest first
        std::size_t written_back = 0;     ///< how many of them are there for certain after a fence
    };

    /// @watched: whole pages each. What they hold now is on the medium.
    explicit Medium(std::vector<std::span<std::byte>> watched) : watched_(std::move(watched)) {
        for (const std::span<std::byte> region : watched_) {
            seen_.push_back(sparse(region.size()));
            images_.push_back(sparse(region.size()));
            for_changed_pages(seen_.size() - 1, [&](std::uint64_t at) {
                std::memcpy(seen_.back().bytes().data() + at, region.data() + at, page);
                std::memcpy(images_.back().bytes().data() + at, region.data() + at, page);
            });
        }
    }

    void lines(std::span<const std::byte> bytes) override {
        notice();
        for (auto &[place, word] : words_) {
            const std::byte *line = watched_[place.first].data() + place.second / line_size * line_size;
            if (line + line_size > bytes.data() && line < bytes.data() + bytes.size())
                word.written_back = word.newer.size();
        }
    }
    void fence() override {
        notice();
        if (before_fence)
            before_fence();
        settle();
    }

    /// Takes note of the stores up to now.
    void notice() {
        for (std::size_t region = 0; region < watched_.size(); region++)
            for_changed_pages(region, [&](std::uint64_t start) {
                for (std::uint64_t at = start; at < start + page; at += sizeof(std::uint64_t))
                    notice(region, at);
            });
    }

    /// The words that may have more than one value.
    [[nodiscard]] const std::map<Place, Word> &words() const { return words_; }
    /// What is there for certain. May be changed, if it is put back before the next call.
    [[nodiscard]] std::span<std::byte> image(std::size_t region) const { return images_[region].bytes(); }

    static constexpr std::uint64_t line_size = 64;
    std::function<void()> before_fence; ///< runs when most states are possible

private:
    static constexpr std::uint64_t page = 4096;

    template <class Visit>
    void for_changed_pages(std::size_t region, Visit visit) {
        const std::span<std::byte> live = watched_[region];
        const std::span<std::byte> seen = seen_[region].bytes();
        for (std::uint64_t at = 0; at < live.size(); at += page)
            if (std::memcmp(live.data() + at, seen.data() + at, page) != 0)
                visit(at);
    }

    void notice(std::size_t region, std::uint64_t at) {
        const auto value = media::snapshot<std::uint64_t>(watched_[region], at);
        if (value == media::snapshot<std::uint64_t>(seen_[region].bytes(), at))
            return;
        media::store(seen_[region].bytes(), at, value);
        words_[{region, at}].newer.push_back(value);
    }

    void settle() {
        for (auto &[place, word] : words_) {
            if (word.written_back == 0)
                continue;
            const auto end = word.newer.begin() + static_cast<std::ptrdiff_t>(word.written_back);
            media::store(image(place.first), place.second, *std::prev(end));
            word.newer.erase(word.newer.begin(), end);
            word.written_back = 0;
        }
        std::erase_if(words_, [](const auto &word) { return word.second.newer.empty(); });
    }

    std::vector<std::span<std::byte>> watched_;
    std::vector<base::Memory> seen_;
    std::vector<base::Memory> images_;
    std::map<Place, Word> words_;
};

} // namespace famfs::test
