// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/terminal/progress.h"

#include "base/text.h"

#include <cstdio>
#include <unistd.h>

namespace famfs::ctl {

Progress::Progress(std::uint64_t total) : total_(total), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    clear();
}

void Progress::clear() {
    const std::lock_guard lock(mutex_);
    if (drawn_)
        (void)std::fputs("\r\033[K", stderr);
    drawn_ = false;
}

void Progress::add(std::uint64_t bytes, const std::string &name) {
    using namespace std::chrono_literals;
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - last_ < 100ms)
        return;
    last_ = now;
    draw(name);
}

void Progress::draw(const std::string &name) {
    constexpr int width = 30;
    const double part = total_ == 0 ? 1.0 : static_cast<double>(done_) / static_cast<double>(total_);
    const int filled = std::min(width, static_cast<int>(part * width));
    const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
    (void)std::fprintf(stderr, "\r\033[K[%s] %3d%%  %s of %s  %.40s", bar.c_str(),
                       static_cast<int>(part * 100), base::human_size(done_).c_str(),
                       base::human_size(total_).c_str(), base::escape(name).c_str());
    drawn_ = true;
}

} // namespace famfs::ctl
