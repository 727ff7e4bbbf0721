//! What several configurations come to for one file: later ones win, and each setting remembers where
//! it comes from.

use super::{Config, Environment, Override, Rules, UNEXPLAINED, UNUSED};
use crate::finding::{Confidence, Level};
use crate::lint::Options;
use crate::models::Models;
use crate::rules::{RULES, rule};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a setting comes from, for people: `leaklint.json`, `the command line`.
pub type Origin = Arc<str>;

/// One configuration, as far as it is about one file.
#[derive(Clone, Debug)]
pub struct Layer<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// How it is called.
    pub name: &'a str,
    /// Which of its overrides are for the file, in order.
    pub overrides: &'a [usize],
}

/// What is set for one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its level.
    pub level: Level,
    /// How sure it must be, where that is said of this rule.
    pub min_confidence: Option<Confidence>,
    /// Where that comes from.
    pub from: Origin,
}

/// What is set for one file.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Rules by name, all of them, and the diagnostics about suppressions.
    pub rules: BTreeMap<&'static str, Setting>,
    /// How sure leaklint must be.
    pub min_confidence: (Confidence, Origin),
    /// Where the code runs, where that is said.
    pub environments: Option<(Vec<Environment>, Origin)>,
    /// Whether it runs in a process that soon ends, where that is said.
    pub short_lived: Option<(bool, Origin)>,
    /// Whether other packages import it, where that is said.
    pub library: Option<(bool, Origin)>,
}

/// What can be said at the top of a configuration, and in its overrides.
struct Given<'a> {
    rules: &'a Rules,
    min_confidence: Option<Confidence>,
    environments: Option<&'a Vec<Environment>>,
    short_lived: Option<bool>,
    library: Option<bool>,
}

impl<'a> From<&'a Config> for Given<'a> {
    fn from(config: &'a Config) -> Self {
        let Config { rules, min_confidence, environments, short_lived, library, .. } = config;
        Self {
            rules,
            min_confidence: *min_confidence,
            environments: environments.as_ref(),
            short_lived: *short_lived,
            library: *library,
        }
    }
}

impl<'a> From<&'a Override> for Given<'a> {
    fn from(one: &'a Override) -> Self {
        let Override { rules, min_confidence, environments, short_lived, library, .. } = one;
        Self {
            rules,
            min_confidence: *min_confidence,
            environments: environments.as_ref(),
            short_lived: *short_lived,
            library: *library,
        }
    }
}

impl Default for Settled {
    fn default() -> Self {
        let from: Origin = "default".into();
        let own = RULES.iter().map(|rule| (rule.name, rule.level));
        let levels = own.chain([(UNUSED, Level::Warn), (UNEXPLAINED, Level::Off)]);
        let setting = |level| Setting { level, min_confidence: None, from: Arc::clone(&from) };
        Self {
            rules: levels.map(|(name, level)| (name, setting(level))).collect(),
            min_confidence: (Confidence::Medium, Arc::clone(&from)),
            environments: None,
            short_lived: None,
            library: None,
        }
    }
}

impl Settled {
    /// What the layers come to, the first of which is the farthest.
    #[must_use]
    pub fn of<'a>(layers: impl IntoIterator<Item = Layer<'a>>) -> Self {
        let mut settled = Self::default();
        for layer in layers {
            let config = layer.config;
            let from: Origin = layer.name.into();
            settled.add(&config.into(), &from);
            let suppressions = &config.suppressions;
            if let Some(required) = suppressions.require_reason {
                settled.level(UNEXPLAINED, if required { Level::Error } else { Level::Off }, &from);
            }
            if let Some(level) = suppressions.report_unused {
                settled.level(UNUSED, level, &from);
            }
            for at in layer.overrides {
                if let Some(one) = config.overrides.get(*at) {
                    settled.add(&one.into(), &format!("{}, overrides[{at}]", layer.name).into());
                }
            }
        }
        settled
    }

    /// Sets the level of a rule, or of a diagnostic about suppressions; its options stay.
    pub fn level(&mut self, name: &str, level: Level, from: &Origin) {
        if let Some(setting) = self.rules.get_mut(name) {
            setting.level = level;
            setting.from = Arc::clone(from);
        }
    }

    fn add(&mut self, given: &Given<'_>, from: &Origin) {
        for (target, one) in &given.rules.0 {
            for (name, setting) in &mut self.rules {
                if rule(name).is_some_and(|rule| target.means(rule)) {
                    setting.level = one.level;
                    setting.min_confidence = one.options.min_confidence.or(setting.min_confidence);
                    setting.from = Arc::clone(from);
                }
            }
        }
        let from = || Arc::clone(from);
        if let Some(confidence) = given.min_confidence {
            self.min_confidence = (confidence, from());
        }
        if let Some(environments) = given.environments {
            self.environments = Some((environments.clone(), from()));
        }
        self.short_lived = given.short_lived.map(|short| (short, from())).or(self.short_lived.take());
        self.library = given.library.map(|library| (library, from())).or(self.library.take());
    }

    /// As options of a file that is linted with these models.
    #[must_use]
    pub fn options(&self, models: Arc<Models>) -> Options {
        Options {
            levels: self.rules.iter().map(|(name, setting)| (*name, setting.level)).collect(),
            confidences: self
                .rules
                .iter()
                .filter_map(|(name, setting)| Some((*name, setting.min_confidence?)))
                .collect(),
            min_confidence: self.min_confidence.0,
            short_lived: self.short_lived.as_ref().map(|(short, _)| *short),
            library: self.library.as_ref().map(|(library, _)| *library),
            stories: false,
            models,
        }
    }
}
