// SPDX-License-Identifier: GPL-2.0-only
// The states that a crash can leave on a Medium: all of them where they are few, else those that are most
// unlike each other, and random ones.
#pragma once

#include "tests/support/medium.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace famfs::test {

class CrashStates {
public:
    /// Changes the images of @medium, and puts them back when it goes.
    CrashStates(Medium &medium, std::mt19937_64 &random) : medium_(medium), random_(random) {
        for (const auto &[place, word] : medium.words()) {
            const auto old = media::snapshot<std::uint64_t>(medium.image(place.first), place.second);
            words_.push_back({place, {old}});
            words_.back().values.insert(words_.back().values.end(), word.newer.begin(), word.newer.end());
        }
        choice_.assign(words_.size(), 0);
    }
    CrashStates(const CrashStates &) = delete;
    CrashStates &operator=(const CrashStates &) = delete;
    ~CrashStates() {
        choose_all(false);
        apply();
    }

    /// Calls @visit with the medium's images in each state, until it says false.
    template <class Visit>
    void each(Visit visit) {
        const auto state = [&] {
            apply();
            running_ = running_ && visit();
        };
        if (count_up_to(most_for_all) <= most_for_all)
            return all(state);
        ends(state);
        for (const bool newest : {false, true}) {
            single_words(newest, state);
            single_lines(newest, state);
        }
        random(state);
    }

private:
    static constexpr std::uint64_t most_for_all = 4096; ///< 12 words with two values each
    static constexpr int random_states = 1000;

    struct Word {
        Medium::Place place;
        std::vector<std::uint64_t> values; ///< oldest first
    };

    [[nodiscard]] std::uint64_t count_up_to(std::uint64_t limit) const {
        std::uint64_t count = 1;
        for (const Word &word : words_)
            count = count > limit ? count : count * word.values.size();
        return count;
    }

    void choose(std::size_t word, bool newest) {
        choice_[word] = newest ? words_[word].values.size() - 1 : 0;
    }
    void choose_all(bool newest) {
        for (std::size_t word = 0; word < words_.size(); word++)
            choose(word, newest);
    }
    void apply() {
        for (std::size_t word = 0; word < words_.size(); word++)
            media::store(medium_.image(words_[word].place.first), words_[word].place.second,
                         words_[word].values[choice_[word]]);
    }

    template <class State>
    void all(State state) {
        choose_all(false);
        for (std::size_t word = 0; word < words_.size() || words_.empty();) {
            state();
            for (word = 0; word < words_.size() && ++choice_[word] == words_[word].values.size(); word++)
                choice_[word] = 0;
            if (words_.empty())
                return;
        }
    }

    /// Every prefix and every suffix, by address; none and all of them with it.
    template <class State>
    void ends(State state) {
        for (const bool newest : {false, true}) {
            choose_all(!newest);
            state();
            for (std::size_t word = 0; word < words_.size(); word++) {
                choose(word, newest);
                state();
            }
        }
    }

    /// One word lost and everything else there (@newest), or the reverse.
    template <class State>
    void single_words(bool newest, State state) {
        choose_all(newest);
        for (std::size_t word = 0; word < words_.size(); word++) {
            for (choice_[word] = 0; choice_[word] < words_[word].values.size(); choice_[word]++)
                state();
            choose(word, newest);
        }
    }

    template <class State>
    void single_lines(bool newest, State state) {
        const auto line = [this](std::size_t word) {
            return std::pair(words_[word].place.first, words_[word].place.second / Medium::line_size);
        };
        choose_all(newest);
        for (std::size_t first = 0, end = 0; first < words_.size(); first = end) {
            for (end = first; end < words_.size() && line(end) == line(first); end++)
                choose(end, !newest);
            state();
            for (std::size_t word = first; word < end; word++)
                choose(word, newest);
        }
    }

    template <class State>
    void random(State state) {
        for (int i = 0; i < random_states; i++) {
            for (std::size_t word = 0; word < words_.size(); word++)
                choice_[word] = random_() % words_[word].values.size();
            state();
        }
    }

    Medium &medium_;
    std::mt19937_64 &random_;
    std::vector<Word> words_;
    std::vector<std::size_t> choice_; ///< which value, of each word
    bool running_ = true;
};

/// Lets a host crash at every fence, in every state, and keeps what was wrong first.
class CrashWatch {
public:
    /// @fault_of: what is wrong with the images as they are, or an empty text.
    CrashWatch(std::vector<std::span<std::byte>> watched, std::function<std::string()> fault_of)
        : medium(std::move(watched)), fault_of_(std::move(fault_of)) {
        medium.before_fence = [this] { check(); };
    }
    CrashWatch(const CrashWatch &) = delete;
    CrashWatch &operator=(const CrashWatch &) = delete;

    void crash_now() {
        medium.notice();
        check();
    }

    Medium medium;
    std::string fault;
    std::uint64_t states = 0;

private:
    void check() {
        CrashStates(medium, random_).each([this] {
            states++;
            if (fault.empty())
                fault = fault_of_();
            return fault.empty();
        });
    }

    std::function<std::string()> fault_of_;
    std::mt19937_64 random_{7};
};

} // namespace famfs::test
