// SPDX-License-Identifier: GPL-2.0-only
// One bit per allocation unit of a device.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace famfs::media {

class Bitmap {
public:
    explicit Bitmap(std::uint64_t bits);

    [[nodiscard]] std::uint64_t size() const { return bits_; }
    /// Ends beyond size() are cut.
    void set(std::uint64_t first, std::uint64_t count) { change(first, count, true); }
    void clear(std::uint64_t first, std::uint64_t count) { change(first, count, false); }
    [[nodiscard]] std::uint64_t count_clear() const;
    /// First clear or set bit in [from, to), or @to.
    [[nodiscard]] std::uint64_t next_clear(std::uint64_t from, std::uint64_t to) const {
        return next(from, to, true);
    }
    [[nodiscard]] std::uint64_t next_set(std::uint64_t from, std::uint64_t to) const {
        return next(from, to, false);
    }
    /// First run of @count clear bits that lies in [from, to) whole.
    [[nodiscard]] std::optional<std::uint64_t> find_run(std::uint64_t from, std::uint64_t to,
                                                        std::uint64_t count) const;

private:
    void change(std::uint64_t first, std::uint64_t count, bool to);
    [[nodiscard]] std::uint64_t next(std::uint64_t from, std::uint64_t to, bool clear) const;

    std::uint64_t bits_;
    std::vector<std::uint64_t> words_;
};

} // namespace famfs::media
