// SPDX-License-Identifier: GPL-2.0-only
// What may be seen of a file at this moment. The writer says it before and after each step; a reader asks
// before and after each access.
#pragma once

#include "vmtest/tests/torn_pages.h"

#include <array>
#include <atomic>

namespace famfs::vmtest {

enum class Verdict {
    right,
    wrong,   ///< bytes that were nowhere in the file, or no more
    refused, ///< SIGBUS, and for a moment there was no generation to answer
    lost,    ///< SIGBUS, while a generation was published all the time
};

/// Of one file. Generations count from 1.
class FileTruth {
public:
    void publication_begins(std::uint32_t generation) { newest_ = generation; }
    void publication_ended(std::uint32_t generation) { answering_ = generation; }
    void withdrawal_begins() { answering_ = 0; }
    /// After the withdrawal and the invalidation: nobody may see it any more.
    void is_gone(std::uint32_t generation) { lowest_ = generation + 1; }

    /// A look at a file that may go wrong.
    class Access {
    public:
        explicit Access(const FileTruth &truth)
            : truth_(truth), lowest_(truth.lowest_), answering_(truth.answering_) {}
        [[nodiscard]] Verdict refused() const {
            return answering_ != 0 && truth_.answering_ == answering_ ? Verdict::lost : Verdict::refused;
        }
        /// 0: bytes that are no generation's.
        [[nodiscard]] Verdict saw(std::uint32_t generation) const {
            return generation >= lowest_ && generation <= truth_.newest_ ? Verdict::right : Verdict::wrong;
        }
        [[nodiscard]] std::uint32_t lowest() const { return lowest_; }

    private:
        const FileTruth &truth_;
        std::uint32_t lowest_;
        std::uint32_t answering_;
    };
    [[nodiscard]] std::uint32_t newest() const { return newest_; }

private:
    std::atomic<std::uint32_t> lowest_ = 1;
    std::atomic<std::uint32_t> newest_ = 0;
    std::atomic<std::uint32_t> answering_ = 0;
};

inline constexpr std::uint64_t first_torn = 2;    ///< nodeid
inline constexpr std::uint64_t staying = 48;      ///< files that are published once, and never withdrawn
inline constexpr std::uint64_t staying_first = 8; ///< of them: before anybody reads
inline constexpr std::uint64_t moving = 96;       ///< files that come and go
inline constexpr std::uint64_t first_moving = first_torn + staying;
inline constexpr std::uint64_t torn_end = first_moving + moving;

inline constexpr std::size_t files_of_round = 16;

/// Of all files.
struct Truths {
    std::array<FileTruth, torn_end> files; ///< by nodeid
    /// What the writer moves next: the nodeids that are the most likely to be torn.
    std::array<std::atomic<std::uint64_t>, 2 * files_of_round> next;
};

} // namespace famfs::vmtest
