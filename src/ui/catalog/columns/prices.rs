//! Columns of what electricity and others' tokens cost, and of what a building adds.

use super::super::value::{Column, Edit, Value};
use super::{must, whole};
use crate::catalog::{ApiPrice, ElectricityPrice, Grid, Site};

/// Columns of the grids.
pub const GRIDS: &[Column<Grid>] = &[
    column!("Carbon (gCO2e/kWh)", "intensity_g_per_kwh", |g| Value::Number(g.intensity_g_per_kwh), |g, n| {
        g.intensity_g_per_kwh = must(n)?;
        Ok(())
    }),
    column!("Year", "year", |g| Value::Number(f64::from(g.year)), |g, n| {
        g.year = whole(must(n)?, 1.0)?;
        Ok(())
    }),
];

/// Columns of the electricity prices.
pub const ELECTRICITY_PRICES: &[Column<ElectricityPrice>] =
    &[column!("Price (USD/kWh)", "usd_per_kwh", |p| Value::Number(p.usd_per_kwh), |p, n| {
        p.usd_per_kwh = must(n)?;
        Ok(())
    })];

/// Columns of the API prices.
pub const API_PRICES: &[Column<ApiPrice>] = &[
    column!("Provider", "provider", |p| Value::text(&p.provider), text: |p, text| {
        text.clone_into(&mut p.provider);
        Ok(())
    }),
    column!("Input (USD/Mtok)", "input_usd_per_mtok", |p| Value::Number(p.input_usd_per_mtok), |p, n| {
        p.input_usd_per_mtok = must(n)?;
        Ok(())
    }),
    column!("Output (USD/Mtok)", "output_usd_per_mtok", |p| Value::Number(p.output_usd_per_mtok), |p, n| {
        p.output_usd_per_mtok = must(n)?;
        Ok(())
    }),
    column!(
        "Cached input (USD/Mtok)",
        "cached_input_usd_per_mtok",
        |p| Value::number(p.cached_input_usd_per_mtok),
        |p, n| {
            p.cached_input_usd_per_mtok = n;
            Ok(())
        }
    ),
];

/// Columns of the sites.
pub const SITES: &[Column<Site>] = &[
    column!("PUE", "pue", |s| Value::Number(s.pue), |s, n| {
        s.pue = must(n)?;
        Ok(())
    }),
    column!("Year", "year", |s| Value::Number(f64::from(s.year)), |s, n| {
        s.year = whole(must(n)?, 1.0)?;
        Ok(())
    }),
];
