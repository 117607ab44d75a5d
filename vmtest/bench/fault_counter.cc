// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/bench/fault_counter.h"

#include "base/fd.h"
#include "vmtest/bench/require.h"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <numeric>
#include <sys/mman.h>
#include <sys/resource.h>
#include <utility>
#include <x86intrin.h>

namespace famfs::vmtest {
namespace {

std::uint64_t total_length(const std::vector<Piece> &pieces) {
    std::uint64_t sum = 0;
    for (const Piece &piece : pieces)
        sum += piece.length;
    return sum;
}

/// All pieces mapped, in an address range whose page tables nothing else uses.
class Window {
public:
    explicit Window(const Touch &touch)
        : reserved_length_(total_length(touch.pieces) + 2 * huge_page),
          reserved_(::mmap(nullptr, reserved_length_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                           -1, 0)) {
        require(reserved_ != MAP_FAILED, "reserve addresses");
        start_ = static_cast<char *>(reserved_);
        start_ += huge_page - reinterpret_cast<std::uintptr_t>(start_) % huge_page;
        // One page beside the multiple no piece of the mapping can be a huge page.
        if (touch.fault_size == small_page)
            start_ += small_page;
        char *at = start_;
        for (const Piece &piece : touch.pieces) {
            map(piece, at, touch.write);
            at += piece.length;
        }
    }
    Window(const Window &) = delete;
    Window &operator=(const Window &) = delete;
    ~Window() { ::munmap(reserved_, reserved_length_); }

    [[nodiscard]] char *start() const { return start_; }

private:
    static void map(const Piece &piece, char *at, bool write) {
        const base::Fd file(::open(piece.path.c_str(), O_RDWR | O_CLOEXEC));
        require(static_cast<bool>(file), "open " + piece.path);
        const int protection = PROT_READ | (write ? PROT_WRITE : 0);
        require(::mmap(at, piece.length, protection, MAP_SHARED | MAP_FIXED, file.get(), 0) == at,
                "mmap " + piece.path);
    }

    std::size_t reserved_length_;
    void *reserved_;
    char *start_ = nullptr;
};

std::uint64_t faults_so_far() {
    rusage usage = {};
    require(::getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    return static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt);
}

std::uint64_t fallbacks_so_far() {
    std::ifstream file("/proc/vmstat");
    std::string name;
    std::uint64_t value = 0;
    while (file >> name >> value)
        if (name == "thp_fault_fallback")
            return value;
    give_up("/proc/vmstat has no thp_fault_fallback");
}

std::uint64_t ticks() {
    return __rdtsc();
}

std::uint64_t ticks_of_touch(volatile char *byte, bool write) {
    const std::uint64_t before = ticks();
    if (write)
        *byte = 1;
    else
        (void)*byte;
    return ticks() - before;
}

void touch_all(const Touch &touch, char *start, std::vector<std::uint64_t> &costs) {
    for (std::size_t i = 0; i < costs.size(); ++i)
        costs[i] = ticks_of_touch(start + i * touch.page, touch.write);
}

std::uint64_t median(std::vector<std::uint64_t> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

Count count_once(const Touch &touch) {
    const Window window(touch);
    std::vector<std::uint64_t> costs(total_length(touch.pieces) / touch.page);
    std::vector<std::uint64_t> again(costs.size());
    const std::uint64_t fallbacks = fallbacks_so_far();
    const std::uint64_t faults = faults_so_far();
    touch_all(touch, window.start(), costs);
    const std::uint64_t faulted = faults_so_far() - faults;
    const std::uint64_t fallen_back = fallbacks_so_far() - fallbacks;
    // The same without a fault: what the two readings and the touch itself take.
    touch_all(touch, window.start(), again);
    const std::uint64_t bare = median(again);
    for (std::uint64_t &cost : costs)
        cost -= std::min(cost, bare);
    return {.typical = median(costs),
            .mean = std::accumulate(costs.begin(), costs.end(), std::uint64_t{0}) / costs.size(),
            .lowest = std::ranges::min(costs),
            .highest = std::ranges::max(costs),
            .touches = costs.size(),
            .faults = faulted,
            .fallbacks = fallen_back};
}

} // namespace

Count count_first_faults(const Touch &touch) {
    return count_once(touch);
}

Count count_faults(const Touch &touch) {
    (void)count_once(touch);
    return count_once(touch);
}

} // namespace famfs::vmtest
